//! The stage that checks `template.yaml` with the tools its readers use: cfn-lint and SAM. It must
//! never know what the template says.

use std::process::Command;

use crate::tree::Tree;
use crate::{host, process, tools};

/// Checks the template.
pub(super) fn check(tree: &Tree) -> anyhow::Result<String> {
    let programs = tools::python_programs(tree)?;
    let mut lint = Command::new(programs.join("cfn-lint"));
    lint.current_dir(tree.root())
        .args(["--non-zero-exit-code", "informational"]);
    process::run(lint.arg("template.yaml"))?;
    let mut sam = Command::new(programs.join("sam"));
    sam.current_dir(tree.root())
        .args(["validate", "--lint", "--region", "us-east-1"]);
    sam.args(["--template-file", "template.yaml"]);
    // SAM keeps a folder of its own and looks for an account; neither is wanted here.
    sam.env("__SAM_CLI_APP_DIR", host::tools_folder(tree).join("sam"));
    sam.env("SAM_CLI_TELEMETRY", "0")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    sam.env("AWS_ACCESS_KEY_ID", "none")
        .env("AWS_SECRET_ACCESS_KEY", "none");
    process::run(&mut sam)?;
    Ok("cfn-lint and sam validate --lint".to_owned())
}
