//! Contrast of every pair of text and surface in the stylesheets (WCAG 2.2 §1.4.3).

use render::Theme;

/// Text and the surfaces it stands on.
const PAIRS: [(&str, &str); 14] = [
    ("--text", "--page"),
    ("--text", "--surface"),
    ("--text", "--code-surface"),
    ("--heading", "--page"),
    ("--heading", "--surface"),
    ("--muted", "--page"),
    ("--muted", "--surface"),
    ("note", "note-surface"),
    ("tip", "tip-surface"),
    ("important", "important-surface"),
    ("warning", "warning-surface"),
    ("caution", "caution-surface"),
    ("--text", "warning-surface"),
    ("--text", "caution-surface"),
];

/// Surfaces on which links stand; settings make links readable on the extremes among them.
const UNDER_LINKS: [&str; 8] = [
    "--page",
    "--surface",
    "--code-surface",
    "note-surface",
    "tip-surface",
    "important-surface",
    "warning-surface",
    "caution-surface",
];

/// Returns how light a property is in light and in dark, or a callout's text or surface.
fn colours(css: &str, name: &str) -> [f64; 2] {
    if name.starts_with("--") {
        let rule = css.split(":root {\n  color-scheme: light dark;").nth(1);
        return pair(rule.unwrap(), &format!("{name}: "));
    }
    let (kind, property) = match name.strip_suffix("-surface") {
        Some(kind) => (kind, "background: "),
        None => (name, "--tone: "),
    };
    let marker = if kind == "note" {
        ".prose .callout {".to_owned()
    } else {
        format!(".prose .callout-{kind} {{")
    };
    pair(css.split(&marker).nth(1).unwrap(), property)
}

fn pair(rule: &str, property: &str) -> [f64; 2] {
    let value = rule.split(property).nth(1).unwrap();
    let value = value.strip_prefix("light-dark(").unwrap();
    let (value, _) = value.split_once(')').unwrap();
    let (light, dark) = value.split_once(", ").unwrap();
    [luminance(light), luminance(dark)]
}

fn luminance(colour: &str) -> f64 {
    let part = |from: usize| {
        let part = f64::from(u8::from_str_radix(&colour[from..from + 2], 16).unwrap()) / 255.0;
        if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

fn contrast(left: f64, right: f64) -> f64 {
    (left.max(right) + 0.05) / (left.min(right) + 0.05)
}

fn css(theme: &Theme) -> &str {
    std::str::from_utf8(theme.asset("style.css").unwrap().bytes).unwrap()
}

#[test]
fn text_can_be_read_in_light_and_in_dark() {
    for theme in Theme::all() {
        for (text, surface) in PAIRS {
            let text_colours = colours(css(theme), text);
            let surfaces = colours(css(theme), surface);
            for (text_colour, surface_colour) in text_colours.into_iter().zip(surfaces) {
                let ratio = contrast(text_colour, surface_colour);
                assert!(
                    ratio >= 4.5,
                    "{}: {text} on {surface}: {ratio:.2}",
                    theme.id()
                );
            }
        }
    }
}

#[test]
fn any_accent_can_be_read_where_links_stand() {
    // The extremes for which settings compute the shades of an accent.
    let [light, dark] = [luminance("#eef1f5"), luminance("#232933")];
    for theme in Theme::all() {
        for surface in UNDER_LINKS {
            let [on_light, on_dark] = colours(css(theme), surface);
            let spare = 4.6 / 4.5;
            assert!(
                (on_light + 0.05) * spare >= light + 0.05,
                "{}: {surface}",
                theme.id()
            );
            assert!(
                on_dark + 0.05 <= (dark + 0.05) * spare,
                "{}: {surface}",
                theme.id()
            );
        }
    }
}
