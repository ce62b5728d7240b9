//! The stage that has mail go all its way: from the platform over a real mail server into a mailbox, out of
//! which the links are taken. It must never know what they are for.

use std::fs;
use std::process::Command;

use anyhow::Context;

use crate::check::platform::Platform;
use crate::running::{Running, free_port};
use crate::tree::Tree;
use crate::{local, process, tools};

/// Starts a mail server and a platform that hands its mail to it, and follows the links.
pub(super) fn run(tree: &Tree) -> anyhow::Result<String> {
    let programs = tools::python_programs(tree)?;
    let program = local::build(tree)?;
    let folder = tree.target().join("mail");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("the last run's folder cannot be removed")?;
    }
    fs::create_dir_all(&folder).context("the folder for the run is not writable")?;
    let mailbox = folder.join("mailbox");
    let port = free_port()?;
    let mut server = Command::new(programs.join("python"));
    server
        .args(["-m", "aiosmtpd", "--nosetuid", "--listen"])
        .arg(format!("127.0.0.1:{port}"))
        .args(["--class", "aiosmtpd.handlers.Mailbox"])
        .arg(&mailbox);
    let _server = Running::listening(&mut server, &folder.join("server.log"), port)?;
    let options = ["--smtp".to_owned(), format!("127.0.0.1:{port}")];
    let platform = Platform::start(tree, &program, &folder, &options)?;
    let mut walk = Command::new(programs.join("python"));
    walk.arg(tree.path("scripts/mail/walk.py"))
        .arg(platform.origin())
        .arg(&mailbox)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let words = process::read(&mut walk)?;
    Ok(words.trim().to_owned())
}
