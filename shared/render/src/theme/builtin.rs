//! The files of the built-in themes, compiled in.

use std::collections::BTreeMap;

/// The files of one theme, by path.
type Package = [(&'static str, &'static str)];

macro_rules! package {
    ($folder:literal) => {
        &[
            (
                "manifest.json",
                include_str!(concat!("../../themes/", $folder, "/manifest.json")),
            ),
            (
                "templates/layout.html",
                include_str!(concat!("../../themes/", $folder, "/layout.html")),
            ),
            (
                "templates/page.html",
                include_str!(concat!("../../themes/", $folder, "/page.html")),
            ),
            (
                "templates/not_found.html",
                include_str!(concat!("../../themes/", $folder, "/not_found.html")),
            ),
            (
                "templates/maintenance.html",
                include_str!(concat!("../../themes/", $folder, "/maintenance.html")),
            ),
            (
                "templates/head.html",
                include_str!("../../themes/shared/head.html"),
            ),
            (
                "assets/style.css",
                concat!(
                    include_str!("../../themes/shared/document.css"),
                    "\n",
                    include_str!(concat!("../../themes/", $folder, "/style.css")),
                ),
            ),
            (
                "assets/icon.svg",
                include_str!(concat!("../../themes/", $folder, "/icon.svg")),
            ),
        ]
    };
}

/// Every built-in theme.
pub(super) const PACKAGES: [&Package; 2] = [package!("atlas"), package!("journal")];

/// Returns the files of a theme as a package has them.
pub(super) fn files(package: &Package) -> BTreeMap<String, Vec<u8>> {
    package
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect()
}
