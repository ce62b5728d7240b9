//! Tries each grant of a stack: what fails where it is missing. It must never decide whether a
//! failure will do that the emulator did not note as a refusal.

use anyhow::{Context, ensure};

use super::denials::Denials;
use super::grants::{Grant, Role, Swap, restart};
use super::say;
use super::steps::{Failed, Scene, walk};

/// The role under which tenants are made, in a session for each.
const PROVISIONING: &str = "ProvisioningTenantRole";

/// What Lambda, the gateway and the tracer do in the name of a role, by statement and action. An
/// emulator does it itself.
const SERVICES_OWN: [(&str, &str); 13] = [
    ("#0", "lambda:InvokeFunction"),
    ("FindTheStream", "dynamodb:ListStreams"),
    ("FollowTheTable", "dynamodb:DescribeStream"),
    ("FollowTheTable", "dynamodb:GetRecords"),
    ("FollowTheTable", "dynamodb:GetShardIterator"),
    ("PutAsideWhatWasGivenUp", "sqs:SendMessage"),
    ("SendTraces", "xray:PutTelemetryRecords"),
    ("SendTraces", "xray:PutTraceSegments"),
    ("TakeMessages", "sqs:DeleteMessage"),
    ("TakeMessages", "sqs:GetQueueAttributes"),
    ("TakeMessages", "sqs:ReceiveMessage"),
    ("WriteLogs", "logs:CreateLogStream"),
    ("WriteLogs", "logs:PutLogEvents"),
];

/// Makes what takes statements away without which no tenant can be made, and no website.
pub fn handicaps(roles: &[Role]) -> anyhow::Result<[Swap; 2]> {
    let mut policies = roles.iter().filter(|role| role.logical == PROVISIONING);
    let role = policies.find(|role| {
        let grants = role.grants();
        let mut sids = grants.iter().map(|grant| grant.sid.as_str());
        sids.any(|sid| writes_objects(sid, ""))
    });
    let role = role.with_context(|| format!("no policy of `{PROVISIONING}`"))?;
    Ok([role.without(sees_storage)?, role.without(writes_objects)?])
}

/// Takes away every action of every statement in turn, and prints what failed. Returns those
/// without which nothing did, or without which something failed and no such action was refused.
pub async fn try_each(
    scene: &Scene<'_>,
    roles: &[Role],
    denials: &Denials,
    run: &str,
) -> anyhow::Result<Vec<String>> {
    services_own(scene, roles, run).await?;
    let mut unproven = Vec::new();
    let mut tried = 0;
    say("\nrole               statement                    action                       failed");
    for (role, grant) in wanted(roles) {
        let name = format!("{run}-less-{tried}");
        tried += 1;
        let before = denials.count()?;
        let failed = without(scene, role, &grant, &name).await?;
        let was_refused = denials.has_since(before, &role.name, &grant.action)?;
        let Grant { role, sid, action } = &grant;
        let outcome = match failed {
            None => "NOTHING".to_owned(),
            Some(failed) if was_refused => failed.step.to_owned(),
            Some(failed) => format!("NOT REFUSED, yet `{}`: {:#}", failed.step, failed.error),
        };
        let is_proven = was_refused && outcome != "NOTHING";
        say(format_args!("{role:18} {sid:28} {action:28} {outcome}"));
        if !is_proven {
            unproven.push(format!("{role} {sid} {action}"));
        }
    }
    let walked = walk(scene, &format!("{run}-afterwards")).await;
    walked.map_err(|failed| failed.with_all_grants())?;
    say(format_args!(
        "{tried} actions were taken away and given back; {} of them are not proven to be needed; all \
         steps passed again afterwards",
        unproven.len()
    ));
    Ok(unproven)
}

/// Walks without a grant.
async fn without(
    scene: &Scene<'_>,
    role: &Role,
    grant: &Grant,
    name: &str,
) -> anyhow::Result<Option<Failed>> {
    let stack = scene.stack;
    let is_it = |sid: &str, action: &str| sid == grant.sid && action == grant.action;
    let swap = role.without(is_it)?;
    let mut scene = scene.clone();
    if role.logical == PROVISIONING {
        // What is taken away stays away when a tenant is made to fail.
        scene.handicaps = [
            role.without_also(is_it, sees_storage)?,
            role.without_also(is_it, writes_objects)?,
        ];
    }
    swap.take(&stack.account).await?;
    restart(stack).await?;
    let walked = walk(&scene, name).await;
    swap.give_back(&stack.account).await?;
    restart(stack).await?;
    Ok(walked.err())
}

/// Takes away at once what services do in a role's name: the emulator does not ask for it.
async fn services_own(scene: &Scene<'_>, roles: &[Role], run: &str) -> anyhow::Result<()> {
    let grants: Vec<Grant> = roles.iter().flat_map(Role::grants).collect();
    for (sid, action) in SERVICES_OWN {
        let is_it = |grant: &Grant| grant.sid == sid && grant.action == action;
        ensure!(grants.iter().any(is_it), "no role has {sid} {action}");
    }
    let mut swaps = Vec::new();
    for role in roles {
        if role.grants().iter().any(is_services_own) {
            swaps.push(role.without(is_own)?);
        }
    }
    for swap in &swaps {
        swap.take(&scene.stack.account).await?;
    }
    restart(scene.stack).await?;
    let walked = walk(scene, &format!("{run}-own")).await;
    for swap in &swaps {
        swap.give_back(&scene.stack.account).await?;
    }
    restart(scene.stack).await?;
    walked.map_err(|failed| failed.with_all_grants())?;
    say("\nnot asked for by the emulator (all taken away at once, and nothing failed):");
    for Grant { role, sid, action } in grants.iter().filter(|grant| is_services_own(grant)) {
        say(format_args!("{role:22} {sid:24} {action}"));
    }
    Ok(())
}

/// Says whether without this action no tenant can be made: nobody can see that it has its storage,
/// which it then has.
fn sees_storage(sid: &str, action: &str) -> bool {
    (sid, action) == ("SeeStorageOfTenants", "s3:ListBucket")
}

/// Says whether without this statement no website can be made: its first release cannot be stored.
fn writes_objects(sid: &str, _action: &str) -> bool {
    sid == "WriteObjects"
}

fn wanted(roles: &[Role]) -> impl Iterator<Item = (&Role, Grant)> {
    let grants = roles
        .iter()
        .flat_map(|role| role.grants().into_iter().map(move |grant| (role, grant)));
    grants.filter(|(_, grant)| !is_services_own(grant))
}

fn is_services_own(grant: &Grant) -> bool {
    is_own(&grant.sid, &grant.action)
}

fn is_own(sid: &str, action: &str) -> bool {
    SERVICES_OWN.contains(&(sid, action))
}
