//! Texts that are not what they seem, and bytes that are no text.

/// Text that is longer than any field takes.
pub(crate) const TOO_LONG: usize = 300_000;

/// Names of fields that hold names of a few plain letters.
const PLAIN: [&str; 14] = [
    "adminEmail",
    "contactEmail",
    "email",
    "format",
    "locale",
    "refreshToken",
    "slug",
    "status",
    "subdomain",
    "tenantId",
    "themeId",
    "tier",
    "timeZone",
    "token",
];

/// Returns whether a field takes plain letters and nothing else.
pub(crate) fn is_plain(field: &str) -> bool {
    PLAIN.contains(&field)
}

/// Texts that read like another one, or like something to run; none is plain.
pub(crate) fn tricks() -> Vec<String> {
    let tricks = [
        "caf\u{e9}",
        "cafe\u{301}",
        "a\0b",
        "a\u{202e}b",
        "\u{200f}a",
        "a\u{2066}b\u{2069}",
        "a\u{200b}b",
        "\u{feff}a",
        "b\u{fc}cher.example",
        "xn--bcher-kva.\u{2028}",
        "\u{ff41}\u{ff42}\u{ff43}",
        "\u{430}bout",
        "\u{fffe}\u{ffff}",
        "\u{e000}\u{10ffff}",
        "\u{1f1e6}\u{1f1f9}",
        "a\r\nset-cookie: c4n4ry=1",
        "<script>c4n4ry</script>",
        "' OR '1'='1' --c4n4ry",
        "{{ 7 * 7 }}c4n4ry{% raw %}",
        "../../../etc/c4n4ry",
        "%2e%2e%2f%00c4n4ry",
        "T#01890a5d-ac96-774b-bcce-b302099a8057#SITE",
        " \t ",
        "=cmd|' /C c4n4ry'!A0",
    ];
    let mut tricks: Vec<String> = tricks.map(str::to_owned).to_vec();
    tricks.push(format!("a{}", "\u{301}".repeat(100)));
    tricks
}

/// What may stand inside a string of JSON but is no text: half a character in escapes, and bytes
/// that are no UTF-8.
pub(crate) const NO_TEXT: [&[u8]; 12] = [
    br"\ud800",
    br"\udc00",
    br"\ud83d\ud83d",
    br"\udc00\ud800",
    br"\u12",
    br"\x41",
    b"\xff",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xe2\x82",
    b"\n",
];

/// Numbers that no JSON is, or that are beyond what any number holds.
pub(crate) const NO_NUMBER: [&str; 12] = [
    "1e400", "-1e400", "01", "+1", "0x10", "1.", ".5", "NaN", "Infinity", "-", "1e", "1_000",
];

/// Numbers that are whole, but not as a count is.
pub(crate) const NO_COUNT: [&str; 6] = [
    "-1",
    "4294967296",
    "18446744073709551616",
    "0.5",
    "1e30",
    "-9223372036854775809",
];

/// Counts, spelled in other ways (JSON Schema 2020-12 §4.2.3).
pub(crate) const COUNTS: [&str; 4] = ["93.0", "1e2", "-0", "0.0"];
