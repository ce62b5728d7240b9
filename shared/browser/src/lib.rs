//! What a browser sends of its own accord, and what shows that a page of the portal asks. It must never know what a
//! token says, nor who is signed in.
//!
//! A browser sends cookies whoever made it send the request. Therefore a cookie is a credential only together with
//! what another website's page can neither set nor read: the `Origin` that the browser itself writes, and a token
//! from a cookie that is the portal's alone, repeated in a header. All three names begin with `__Host-`, so that no
//! other host, not even one below the same domain, can set them (RFC 6265bis §4.1.3.2).

/// The cookie that has the access token.
pub const ACCESS_COOKIE: &str = "__Host-access";

/// The cookie that has the refresh token.
pub const REFRESH_COOKIE: &str = "__Host-refresh";

/// The cookie that has the token which is repeated in [`CSRF_HEADER`]; the one that scripts can read.
pub const CSRF_COOKIE: &str = "__Host-csrf";

/// The header in which a page of the portal repeats what stands in [`CSRF_COOKIE`].
pub const CSRF_HEADER: &str = "x-csrf-token";

/// What came of looking for a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie<'a> {
    /// It is not there.
    Missing,
    /// It is there once.
    One(&'a str),
    /// It is there more than once, and nobody can say which of them is meant.
    Several,
}

/// What a browser sends beside what it is asked for.
#[derive(Debug, Clone)]
pub struct Sent<'a> {
    cookies: Vec<&'a str>,
    origin: Option<&'a str>,
    csrf: Option<&'a str>,
}

impl<'a> Sent<'a> {
    /// Takes the texts of cookies, of which one may hold several, and what stands in `Origin` and in
    /// [`CSRF_HEADER`].
    pub fn new(
        cookies: impl IntoIterator<Item = &'a str>,
        origin: Option<&'a str>,
        csrf: Option<&'a str>,
    ) -> Self {
        let pairs = cookies.into_iter().flat_map(|text| text.split(';'));
        Self {
            cookies: pairs.map(str::trim).collect(),
            origin,
            csrf,
        }
    }

    /// Finds a cookie by its name, whose case counts.
    pub fn cookie(&self, name: &str) -> Cookie<'a> {
        let pairs = self.cookies.iter().filter_map(|pair| pair.split_once('='));
        let mut values = pairs
            .filter(|(found, _)| *found == name)
            .map(|(_, value)| value);
        match (values.next(), values.next()) {
            (None, _) => Cookie::Missing,
            (Some(value), None) => Cookie::One(value),
            (Some(_), Some(_)) => Cookie::Several,
        }
    }

    /// Returns whether a page at `origin` asks.
    pub fn is_from(&self, origin: &str) -> bool {
        self.origin == Some(origin)
    }

    /// Returns whether a page at `origin` asks that has the token of the sign-in, which `is_good` knows.
    pub fn is_proved(&self, origin: &str, is_good: impl FnOnce(&str) -> bool) -> bool {
        match self.cookie(CSRF_COOKIE) {
            Cookie::One(token) => {
                self.is_from(origin) && self.csrf == Some(token) && is_good(token)
            }
            Cookie::Missing | Cookie::Several => false,
        }
    }
}

/// Returns whether a method changes nothing (RFC 9110 §9.2.1), so that it does not matter whose page asks.
pub fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

#[cfg(test)]
mod tests {
    use super::{ACCESS_COOKIE, Cookie, Sent, is_safe};

    const PORTAL: &str = "https://app.example.com";

    #[test]
    fn a_cookie_is_found_by_its_exact_name_and_once() {
        for (cookies, expected) in [
            (&[][..], Cookie::Missing),
            (&["__Host-access=a.b.c"], Cookie::One("a.b.c")),
            (&["a=b; __Host-access=c"], Cookie::One("c")),
            (&["a=b;__Host-access=c;"], Cookie::One("c")),
            (&["a=b", " __Host-access=c "], Cookie::One("c")),
            (&["__Host-access="], Cookie::One("")),
            (&["__Host-access=a=b"], Cookie::One("a=b")),
            (&["__Host-access=a", "__Host-access=a"], Cookie::Several),
            (&["__Host-access=a;__Host-access=b"], Cookie::Several),
            (&["__host-access=a"], Cookie::Missing),
            (&["__Host-access =a"], Cookie::Missing),
            (&["__Host-access"], Cookie::Missing),
            (&["=__Host-access=a"], Cookie::Missing),
            (&["x__Host-access=a"], Cookie::Missing),
            (&["a=__Host-access=a"], Cookie::Missing),
        ] {
            let sent = Sent::new(cookies.iter().copied(), None, None);
            assert_eq!(sent.cookie(ACCESS_COOKIE), expected, "{cookies:?}");
        }
    }

    #[test]
    fn only_the_portals_page_with_the_token_of_the_sign_in_proves_itself() {
        let cookie = "__Host-csrf=t";
        let other = "__Host-csrf=u";
        for (cookies, origin, csrf, expected) in [
            (&[cookie][..], Some(PORTAL), Some("t"), true),
            (&[cookie], Some(PORTAL), None, false),
            (&[cookie], Some(PORTAL), Some(""), false),
            (&[cookie], Some(PORTAL), Some("t,t"), false),
            (&[cookie], Some(PORTAL), Some("T"), false),
            (&[cookie], None, Some("t"), false),
            (&[cookie], Some("null"), Some("t"), false),
            (&[cookie], Some("http://app.example.com"), Some("t"), false),
            (
                &[cookie],
                Some("https://app.example.com/"),
                Some("t"),
                false,
            ),
            (&[cookie], Some("https://APP.example.com"), Some("t"), false),
            (&[], Some(PORTAL), Some("t"), false),
            (&[cookie, cookie], Some(PORTAL), Some("t"), false),
            // It is repeated as it is, but it is another sign-in's.
            (&[other], Some(PORTAL), Some("u"), false),
        ] {
            let sent = Sent::new(cookies.iter().copied(), origin, csrf);
            let is_proved = sent.is_proved(PORTAL, |token| token == "t");
            assert_eq!(is_proved, expected, "{cookies:?} {origin:?} {csrf:?}");
        }
    }

    #[test]
    fn only_what_changes_nothing_is_safe() {
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert!(is_safe(method), "{method}");
        }
        for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "get", ""] {
            assert!(!is_safe(method), "{method}");
        }
    }
}
