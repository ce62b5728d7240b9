//! The tools that the checks use, each by its exact version, kept in one folder outside what git
//! sees and made on first use. It must never know what they check.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::tree::Tree;
use crate::{console, host, process};

const NO_PYTHON: &str = "Python 3.11 or newer with its `venv` module was not found.\n\
    Install it and run the command again:\n  \
      Debian, Ubuntu   sudo apt install python3 python3-venv\n  \
      Fedora           sudo dnf install python3\n  \
      Arch             sudo pacman -S python\n  \
      macOS            brew install python";

const USABLE: &str = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))";

/// Returns the folder of the programs that `scripts/requirements.txt` installs.
pub(crate) fn python_programs(tree: &Tree) -> anyhow::Result<PathBuf> {
    python_packages(tree, "python", "scripts/requirements.txt")
}

/// Returns the folder of the programs that a file of requirements installs, kept under `name`:
/// packages that cannot live beside those of another file have one of their own.
pub(crate) fn python_packages(
    tree: &Tree,
    name: &str,
    requirements: &str,
) -> anyhow::Result<PathBuf> {
    let path = tree.path(requirements);
    let wanted = fs::read_to_string(&path).with_context(|| requirements.to_owned())?;
    let folder = host::tools_folder(tree).join(name);
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let stamp = folder.join("requirements.txt");
    let installed = fs::read_to_string(&stamp).unwrap_or_default();
    if installed == wanted && process::works(Command::new(programs.join("python")).arg("-V")) {
        return Ok(programs);
    }
    if !process::works(Command::new("python3").args(["-c", USABLE])) {
        bail!(NO_PYTHON);
    }
    console::note(format_args!(
        "installing what {requirements} names into {}",
        folder.display()
    ));
    forget(&folder)?;
    process::run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let mut pip = Command::new(programs.join("python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
    ]);
    process::run(pip.arg(&path))?;
    // Written last: a folder without it is half made and will be made again.
    fs::write(&stamp, wanted).context("the tools' folder is not writable")?;
    Ok(programs)
}

/// Returns the program of a crate, built at exactly this version.
pub(crate) fn cargo_program(tree: &Tree, name: &str, version: &str) -> anyhow::Result<PathBuf> {
    let folder = host::tools_folder(tree).join(format!("{name}-{version}"));
    let program = folder
        .join("bin")
        .join(name)
        .with_extension(std::env::consts::EXE_EXTENSION);
    if program.is_file() {
        return Ok(program);
    }
    console::note(format_args!(
        "installing {name} {version} into {}",
        folder.display()
    ));
    let mut cargo = tree.cargo();
    cargo.args(["install", "--locked", "--version", version, "--root"]);
    process::run(cargo.arg(&folder).arg(name))?;
    Ok(program)
}

fn forget(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).context("the old tools cannot be removed")?;
    }
    fs::create_dir_all(folder).context("the tools' folder is not writable")
}
