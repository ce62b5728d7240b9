//! The few words a page needs that are not its author's, by language.

use serde::Serialize;

use crate::document::block::CalloutKind;

/// The words of one language.
#[derive(Debug, Serialize)]
pub(crate) struct Words {
    skip: &'static str,
    menu: &'static str,
    navigation: &'static str,
    contents: &'static str,
    neighbours: &'static str,
    previous: &'static str,
    next: &'static str,
    updated: &'static str,
    home: &'static str,
    not_found_title: &'static str,
    not_found_text: &'static str,
    maintenance_title: &'static str,
    maintenance_text: &'static str,
    callouts: [&'static str; 5],
}

impl Words {
    /// Returns the words of a locale such as `de-AT`; of English where they are not known.
    pub(crate) fn of(locale: &str) -> &'static Self {
        match locale.split(['-', '_']).next() {
            Some("de") => &GERMAN,
            Some("es") => &SPANISH,
            Some("fr") => &FRENCH,
            _ => &ENGLISH,
        }
    }

    /// Returns the usual title of a callout.
    pub(crate) const fn callout(&self, kind: CalloutKind) -> &'static str {
        let [note, tip, important, warning, caution] = self.callouts;
        match kind {
            CalloutKind::Note => note,
            CalloutKind::Tip => tip,
            CalloutKind::Important => important,
            CalloutKind::Warning => warning,
            CalloutKind::Caution => caution,
        }
    }

    /// Returns the title of the page for paths where there is none.
    pub(crate) const fn not_found_title(&self) -> &'static str {
        self.not_found_title
    }

    /// Returns the title of the page shown while the site is away.
    pub(crate) const fn maintenance_title(&self) -> &'static str {
        self.maintenance_title
    }
}

static ENGLISH: Words = Words {
    skip: "Skip to content",
    menu: "Menu",
    navigation: "Site navigation",
    contents: "On this page",
    neighbours: "Previous and next page",
    previous: "Previous",
    next: "Next",
    updated: "Updated",
    home: "Go to the home page",
    not_found_title: "Page not found",
    not_found_text: "There is no page at this address. It may have moved, or the link may be mistyped.",
    maintenance_title: "Back soon",
    maintenance_text: "This site is taking a short break. Please try again in a little while.",
    callouts: ["Note", "Tip", "Important", "Warning", "Caution"],
};

static GERMAN: Words = Words {
    skip: "Zum Inhalt springen",
    menu: "Menü",
    navigation: "Seitennavigation",
    contents: "Auf dieser Seite",
    neighbours: "Vorherige und nächste Seite",
    previous: "Zurück",
    next: "Weiter",
    updated: "Aktualisiert",
    home: "Zur Startseite",
    not_found_title: "Seite nicht gefunden",
    not_found_text: "Unter dieser Adresse gibt es keine Seite. Vielleicht ist sie umgezogen, oder der Link enthält einen Tippfehler.",
    maintenance_title: "Gleich wieder da",
    maintenance_text: "Diese Website macht eine kurze Pause. Bitte versuchen Sie es in Kürze noch einmal.",
    callouts: ["Hinweis", "Tipp", "Wichtig", "Warnung", "Vorsicht"],
};

static SPANISH: Words = Words {
    skip: "Saltar al contenido",
    menu: "Menú",
    navigation: "Navegación del sitio",
    contents: "En esta página",
    neighbours: "Página anterior y siguiente",
    previous: "Anterior",
    next: "Siguiente",
    updated: "Actualizado",
    home: "Ir a la página de inicio",
    not_found_title: "Página no encontrada",
    not_found_text: "No hay ninguna página en esta dirección. Puede que se haya movido o que el enlace tenga un error.",
    maintenance_title: "Volvemos pronto",
    maintenance_text: "Este sitio está haciendo una breve pausa. Inténtelo de nuevo dentro de un rato.",
    callouts: ["Nota", "Consejo", "Importante", "Advertencia", "Precaución"],
};

static FRENCH: Words = Words {
    skip: "Aller au contenu",
    menu: "Menu",
    navigation: "Navigation du site",
    contents: "Sur cette page",
    neighbours: "Pages précédente et suivante",
    previous: "Précédent",
    next: "Suivant",
    updated: "Mis à jour",
    home: "Aller à l’accueil",
    not_found_title: "Page introuvable",
    not_found_text: "Aucune page ne se trouve à cette adresse. Elle a peut-être été déplacée, ou le lien contient une erreur.",
    maintenance_title: "De retour bientôt",
    maintenance_text: "Ce site fait une courte pause. Veuillez réessayer dans un moment.",
    callouts: ["Note", "Conseil", "Important", "Avertissement", "Attention"],
};
