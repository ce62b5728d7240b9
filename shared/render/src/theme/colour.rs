//! Colours and their contrast (WCAG 2.2 §1.4.3), so that no choice makes text unreadable.

use std::fmt;

/// A colour of the sRGB space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

/// The darkest surface on which light themes put coloured text.
pub(super) const LIGHT_SURFACE: Colour = Colour::new(0xee, 0xf1, 0xf5);

/// The lightest surface on which dark themes put coloured text.
pub(super) const DARK_SURFACE: Colour = Colour::new(0x23, 0x29, 0x33);

const WHITE: Colour = Colour::new(0xff, 0xff, 0xff);
const BLACK: Colour = Colour::new(0, 0, 0);

/// The contrast of text, with a little to spare over the 4.5 that is asked for.
const CONTRAST_MIN: f64 = 4.6;

/// The steps in which a colour is made readable.
const STEPS: u16 = 50;

impl Colour {
    const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// Reads `#rgb` or `#rrggbb`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let part = |from: usize, to: usize| u8::from_str_radix(digits.get(from..to)?, 16).ok();
        match digits.len() {
            3 => Some(Self::new(
                part(0, 1)? * 0x11,
                part(1, 2)? * 0x11,
                part(2, 3)? * 0x11,
            )),
            6 => Some(Self::new(part(0, 2)?, part(2, 4)?, part(4, 6)?)),
            _ => None,
        }
    }

    /// Returns black or white, whichever is easier to read on this colour.
    pub(super) fn readable_on_it(self) -> Self {
        if self.contrast(WHITE) >= self.contrast(BLACK) {
            WHITE
        } else {
            BLACK
        }
    }

    /// Returns the nearest shade of this colour that can be read on `surface`.
    pub(super) fn readable_on(self, surface: Self) -> Self {
        let goal = surface.readable_on_it();
        (0..=STEPS)
            .map(|step| self.towards(goal, step))
            .find(|shade| shade.contrast(surface) >= CONTRAST_MIN)
            .unwrap_or(goal)
    }

    fn towards(self, goal: Self, step: u16) -> Self {
        let mix = |from: u8, to: u8| {
            let sum = u16::from(from) * (STEPS - step) + u16::from(to) * step;
            u8::try_from(sum / STEPS).unwrap_or(to)
        };
        Self::new(
            mix(self.red, goal.red),
            mix(self.green, goal.green),
            mix(self.blue, goal.blue),
        )
    }

    fn contrast(self, other: Self) -> f64 {
        let (left, right) = (self.luminance(), other.luminance());
        (left.max(right) + 0.05) / (left.min(right) + 0.05)
    }

    /// The relative luminance (WCAG 2.2, glossary).
    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126_f64.mul_add(
            linear(self.red),
            0.7152_f64.mul_add(linear(self.green), 0.0722 * linear(self.blue)),
        )
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { red, green, blue } = self;
        write!(formatter, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::{CONTRAST_MIN, Colour, DARK_SURFACE, LIGHT_SURFACE};

    #[test]
    fn contrast_is_that_of_the_standard() {
        let grey = Colour::new(0x76, 0x76, 0x76);
        assert!((grey.contrast(super::WHITE) - 4.54).abs() < 0.01);
    }

    #[test]
    fn every_colour_has_a_readable_shade() {
        for red in (0..=255).step_by(15) {
            for green in (0..=255).step_by(15) {
                for blue in (0..=255).step_by(15) {
                    let colour = Colour::new(red, green, blue);
                    for surface in [LIGHT_SURFACE, DARK_SURFACE] {
                        let shade = colour.readable_on(surface);
                        assert!(shade.contrast(surface) >= CONTRAST_MIN, "{colour}");
                    }
                    assert!(colour.contrast(colour.readable_on_it()) >= 4.5, "{colour}");
                }
            }
        }
    }

    #[test]
    fn only_hexadecimal_colours_are_read() {
        assert_eq!(Colour::parse("#0af"), Colour::parse("#00AAFF"));
        for text in [
            "", "#", "#12", "#1234567", "red", "#+12345", "#12 345", "#ééé", "url(x)",
        ] {
            assert_eq!(Colour::parse(text), None, "{text}");
        }
    }
}
