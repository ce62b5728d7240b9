//! What the emulator refused, as it noted it in a file of its own. It must never know why.

use std::path::PathBuf;

use anyhow::Context;

/// The emulator's notes: a line for each refused action, the principal before the action.
#[derive(Debug, Clone)]
pub struct Denials(PathBuf);

impl Denials {
    /// Reads from this file.
    pub fn in_file(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Returns the number of notes until now.
    pub fn count(&self) -> anyhow::Result<usize> {
        Ok(self.read()?.lines().count())
    }

    /// Says whether after the first `count` notes an action was refused to a role.
    pub fn has_since(&self, count: usize, role: &str, action: &str) -> anyhow::Result<bool> {
        let is_it = |line: &str| {
            line.split_once(' ').is_some_and(|(principal, refused)| {
                refused == action && principal.split('/').any(|part| part == role)
            })
        };
        Ok(self.read()?.lines().skip(count).any(is_it))
    }

    fn read(&self) -> anyhow::Result<String> {
        std::fs::read_to_string(&self.0).with_context(|| self.0.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::Denials;

    #[test]
    fn only_what_was_noted_since_and_of_the_role_counts() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let denials = Denials::in_file(file.path());
        assert_eq!(denials.count().unwrap(), 0);
        let arn = |role: &str| format!("arn:aws:sts::000000000000:assumed-role/{role}/session");
        writeln!(file, "{} s3:GetObject", arn("content")).unwrap();
        assert!(denials.has_since(0, "content", "s3:GetObject").unwrap());
        assert!(!denials.has_since(0, "content", "s3:PutObject").unwrap());
        assert!(!denials.has_since(0, "con", "s3:GetObject").unwrap());
        let count = denials.count().unwrap();
        assert!(!denials.has_since(count, "content", "s3:GetObject").unwrap());
        assert!(Denials::in_file("no/such/file").count().is_err());
    }
}
