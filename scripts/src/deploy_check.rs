//! `cargo x deploy-check`: deploys the tree's own template to an emulator of AWS that is not ours,
//! proves what stands there, deploys again over what is stored, and takes it all down. It must never
//! change the template that it deploys.

mod emulator;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use clap::Args;
use kernel::ContentHash;

use self::emulator::Emulator;
use crate::host::Stopwatch;
use crate::running::{self, Running};
use crate::tree::Tree;
use crate::{console, deployed, host, process, tools};

const TEMPLATE: &str = "template.yaml";

const STACK: &str = "hotswap";

const REGION: &str = "eu-central-1";

/// What the deployment tool says where a change set is empty.
const NO_CHANGES: &str = "No changes to deploy";

/// What the table says of the index that the second deployment adds, before it and after.
const INDEX_BEFORE: &str = "none";
const INDEX_AFTER: &str = "addedPk S HASH ACTIVE";

/// What the second deployment adds to the table: an attribute, and an index over it.
const ADDED: [(&str, &str); 2] = [
    (
        "      KeySchema:\n        - AttributeName: pk\n",
        "        - AttributeName: addedPk\n          AttributeType: S\n",
    ),
    (
        "      StreamSpecification:\n",
        "        - IndexName: added\n          KeySchema:\n            - AttributeName: addedPk\n              KeyType: HASH\n          Projection:\n            ProjectionType: KEYS_ONLY\n",
    ),
];

/// What a person may choose.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Leaves the emulator running when all is proved, until it is stopped by hand.
    #[arg(long)]
    keep: bool,
}

/// A deployment under way.
struct Deployment<'a> {
    tree: &'a Tree,
    /// What is made on the way, below the target folder.
    folder: PathBuf,
    /// The folder of the deployment tool's programs.
    sam: PathBuf,
    emulator: Emulator,
    /// The program that proves.
    prover: PathBuf,
}

/// Builds, deploys, proves, deploys again and takes down.
pub(crate) fn run(tree: &Tree, options: &Options) -> anyhow::Result<()> {
    let watch = Stopwatch::start();
    let sam = tools::python_programs(tree)?;
    let tools = tools::python_packages(tree, "emulator", "infra/emulator/requirements.txt")?;
    let folder = tree.target().join("deploy");
    fs::create_dir_all(&folder).context("the target folder is not writable")?;
    let before = hash(&tree.path(TEMPLATE))?;
    console::result(format_args!("{TEMPLATE}: sha256 {before}"));
    console::heading("sam build");
    build(tree, &folder, &sam, &tools)?;
    let programs = build_programs(tree)?;
    let probe = pack_probe(&folder, &tools, &programs)?;
    console::heading("the emulator");
    let emulator = Emulator::start(tree, &folder, &tools)?;
    let deployment = Deployment {
        tree,
        prover: programs.join("deployed"),
        folder,
        sam,
        emulator,
    };
    deployment.prove(&probe)?;
    let after = hash(&tree.path(TEMPLATE))?;
    ensure!(before == after, "{TEMPLATE} was changed meanwhile");
    if options.keep {
        console::result(format_args!(
            "\nthe emulator stays: {}",
            deployment.emulator.plain()
        ));
        deployment.emulator.keep();
        return Ok(());
    }
    deployment.take_down()?;
    console::result(format_args!(
        "\n{TEMPLATE}: sha256 {after}, as before; all proved after {}",
        watch.elapsed()
    ));
    Ok(())
}

impl Deployment<'_> {
    fn prove(&self, probe: &Path) -> anyhow::Result<()> {
        let built = self.folder.join("build").join(TEMPLATE);
        console::heading("sam deploy");
        self.changes(&built)?;
        self.say(&["routes"])?;
        // A type that nothing lists shows at once.
        self.ask(&["listed"])?;
        console::heading("proof");
        let probe = probe.to_string_lossy();
        let denials = self.emulator.denials();
        let denials = denials.to_string_lossy();
        self.say(&["prove", &probe, &denials, "first"])?;
        console::heading("the runtime interface emulator");
        self.runtime_interface()?;
        console::heading("a second deployment of the same template");
        let before = self.ask(&["digest"])?;
        let is_empty = self.deploy(&built)?;
        console::result(if is_empty {
            "the change set was empty: nothing was deployed"
        } else {
            "the change set was not empty"
        });
        self.same(&before)?;
        console::heading("a deployment with an attribute and an index more");
        let changed = self.with_an_attribute(&built)?;
        let before = self.ask(&["digest"])?;
        self.index(INDEX_BEFORE)?;
        self.changes(&changed)?;
        self.index(INDEX_AFTER)?;
        self.same(&before)?;
        self.say(&["walk", "afterwards"])
    }

    /// Looks at the index that is added.
    fn index(&self, expected: &str) -> anyhow::Result<()> {
        let found = self.ask(&["index", "added"])?;
        console::result(format_args!("the index `added`: {found}"));
        ensure!(found == expected, "the index must be `{expected}`");
        Ok(())
    }

    fn same(&self, before: &str) -> anyhow::Result<()> {
        let after = self.ask(&["digest"])?;
        console::result(format_args!("before: {before}\nafter:  {after}"));
        ensure!(before == after, "the deployment changed what is stored");
        Ok(())
    }

    /// Writes the template with an attribute more, beside the built one.
    fn with_an_attribute(&self, built: &Path) -> anyhow::Result<PathBuf> {
        let mut text = fs::read_to_string(self.tree.path(TEMPLATE)).context(TEMPLATE)?;
        for (place, more) in ADDED {
            ensure!(text.contains(place), "{TEMPLATE} has no `{}`", place.trim());
            text = text.replacen(place, &format!("{more}{place}"), 1);
        }
        // The functions' programs are those that were built.
        let folder = built.parent().context("a template stands in a folder")?;
        let source = self.folder.join("changed.yaml");
        fs::write(&source, text).context("the target folder is not writable")?;
        let mut python = Command::new(self.sam.join("python"));
        let program = self.tree.path("infra/emulator/with_programs.py");
        python.arg(program).args([built, source.as_path()]);
        let changed = folder.join("changed.yaml");
        process::run(python.arg(&changed))?;
        Ok(changed)
    }

    /// Deploys what must change something.
    fn changes(&self, template: &Path) -> anyhow::Result<()> {
        let is_empty = self.deploy(template)?;
        ensure!(!is_empty, "{} changes nothing", template.display());
        Ok(())
    }

    /// Deploys a template; says whether there was nothing to change.
    fn deploy(&self, template: &Path) -> anyhow::Result<bool> {
        let mut sam = self.sam("deploy");
        sam.arg("--template-file").arg(template);
        sam.args(["--stack-name", STACK, "--resolve-s3", "--no-progressbar"]);
        sam.args(["--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset"]);
        sam.args(["--no-fail-on-empty-changeset", "--parameter-overrides"]);
        sam.args([
            &architecture(),
            "PlatformDomain=localhost",
            "OperatorMfa=optional",
            "AnonymousRequests=1000000",
        ]);
        let output = self.emulator.quiet(&mut sam, "sam deploy")?;
        Ok(output.contains(NO_CHANGES))
    }

    fn sam(&self, verb: &str) -> Command {
        let mut sam = Command::new(self.sam.join("sam"));
        sam.current_dir(&self.folder).arg(verb);
        self.emulator.account(&mut sam, REGION);
        sam
    }

    fn prover(&self, arguments: &[&str]) -> Command {
        let mut prover = Command::new(&self.prover);
        prover.current_dir(self.tree.root());
        prover.args([self.emulator.plain(), STACK]).args(arguments);
        prover
    }

    fn say(&self, arguments: &[&str]) -> anyhow::Result<()> {
        process::run(&mut self.prover(arguments))
    }

    fn ask(&self, arguments: &[&str]) -> anyhow::Result<String> {
        Ok(process::read(&mut self.prover(arguments))?
            .trim()
            .to_owned())
    }

    /// Runs the visitors' function under AWS's own emulator of the runtime interface, with every
    /// event that was recorded for it.
    fn runtime_interface(&self) -> anyhow::Result<()> {
        let find = "import samcli.local as local; print(local.__path__[0])";
        let found = process::read(Command::new(self.sam.join("python")).args(["-c", find]))?;
        let name = if cfg!(target_arch = "x86_64") {
            "aws-lambda-rie-x86_64"
        } else {
            "aws-lambda-rie-arm64"
        };
        let port = running::free_port()?;
        let mut command = Command::new(Path::new(found.trim()).join("rapid").join(name));
        let address = format!("127.0.0.1:{port}");
        command.args(["--runtime-interface-emulator-address", &address]);
        command.arg(self.folder.join("build/DeliveryFunction/bootstrap"));
        for line in self.ask(&["environment", "DeliveryFunction"])?.lines() {
            if let Some((name, value)) = line.split_once('=') {
                command.env(name, value);
            }
        }
        self.emulator.account(&mut command, REGION);
        let log = self.folder.join("runtime-interface.log");
        let _running = Running::listening(&mut command, &log, port)?;
        self.say(&["replay", &address])
    }

    fn take_down(&self) -> anyhow::Result<()> {
        console::heading("take down");
        // What these lists do not show now could not be missed in them afterwards.
        self.say(&["listed"])?;
        let retained = self.ask(&["retained"])?;
        let mut sam = self.sam("delete");
        sam.args(["--stack-name", STACK, "--region", REGION, "--no-prompts"]);
        self.emulator.quiet(&mut sam, "sam delete")?;
        console::result("sam delete took down what the template does not keep");
        let names: Vec<&str> = retained.lines().collect();
        self.say(&[&["remove"], names.as_slice()].concat())?;
        self.say(&["left"])
    }
}

fn build(tree: &Tree, folder: &Path, sam: &Path, tools: &Path) -> anyhow::Result<()> {
    // `sam` has one function built after the other, and finds each of them built already.
    process::run(&mut deployed::build(tree)?)?;
    let mut command = Command::new(sam.join("sam"));
    command.current_dir(tree.root()).arg("build");
    command.args(["--template-file", TEMPLATE, "--build-dir"]);
    command.arg(folder.join("build")).arg("--cache-dir");
    command
        .arg(folder.join("cache"))
        .arg("--parameter-overrides");
    command.arg(architecture());
    // A cargo that builds for this machine needs no other linker.
    command.env("CARGO_LAMBDA_COMPILER", "cargo");
    command.env("CARGO_TARGET_DIR", tree.target());
    command.env("SAM_CLI_TELEMETRY", "0");
    command.env("PATH", path_with(tools)?);
    process::run(&mut command)
}

/// Returns the search path for programs, with a folder before the others.
fn path_with(folder: &Path) -> anyhow::Result<std::ffi::OsString> {
    let path = host::variable("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
    Ok(std::env::join_paths(folders)?)
}

fn architecture() -> String {
    let name = if cfg!(target_arch = "x86_64") {
        "x86_64"
    } else {
        "arm64"
    };
    format!("Architecture={name}")
}

/// Builds the prover and the sabotaged handler; returns their folder.
fn build_programs(tree: &Tree) -> anyhow::Result<PathBuf> {
    let mut cargo = tree.cargo();
    cargo.args([
        "build",
        "--package",
        "tests",
        "--bin",
        "deployed",
        "--bin",
        "probe",
    ]);
    process::run(&mut cargo)?;
    Ok(tree.target().join("debug"))
}

/// Packs the sabotaged handler as Lambda wants it.
fn pack_probe(folder: &Path, tools: &Path, programs: &Path) -> anyhow::Result<PathBuf> {
    let bootstrap = folder.join("bootstrap");
    let probe = folder.join("probe.zip");
    let mut strip = Command::new("strip");
    strip.arg("-o").arg(&bootstrap).arg(programs.join("probe"));
    process::run(&mut strip)?;
    let mut python = Command::new(tools.join("python"));
    python
        .args(["-m", "zipfile", "-c"])
        .arg(&probe)
        .arg(&bootstrap);
    process::run(&mut python)?;
    Ok(probe)
}

fn hash(path: &Path) -> anyhow::Result<String> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    Ok(ContentHash::of(&bytes).to_string())
}

#[cfg(test)]
mod tests {
    use super::{ADDED, TEMPLATE, hash};
    use crate::tree::Tree;

    #[test]
    fn the_template_has_the_places_for_what_is_added() {
        let text = std::fs::read_to_string(Tree::find().unwrap().path(TEMPLATE)).unwrap();
        for (place, _) in ADDED {
            assert_eq!(text.matches(place).count(), 1, "{place}");
        }
    }

    #[test]
    fn a_file_is_known_by_its_hash() {
        let tree = Tree::find().unwrap();
        assert_eq!(hash(&tree.path(TEMPLATE)).unwrap().len(), 64);
        assert!(hash(&tree.path("no-such-file")).is_err());
    }
}
