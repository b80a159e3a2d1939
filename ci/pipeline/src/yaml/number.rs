//! Numbers, with as much of their origin as Concourse's rules ask for.

use super::gofmt;

/// A number.
///
/// Concourse treats a number by where it comes from: an integer of a YAML text and a number of a
/// `-y` flag may stand inside a text, a number of a `-l` file may not, even when it is whole.
#[derive(Clone, Debug)]
pub enum Number {
    /// A whole number that fits 64 bits with sign.
    Int(i64),
    /// A whole number that needs the 64th bit.
    Uint(u64),
    /// A floating point number.
    Float(f64),
    /// A number kept as its digits: from `-y`, `-i`, `load_var` and credential managers.
    Digits(String),
}

impl Number {
    /// Returns the value as Concourse's JSON has it: a 64 bit float.
    pub fn as_f64(&self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "this is how Concourse's JSON loses digits too")]
            Number::Int(value) => *value as f64,
            #[expect(clippy::cast_precision_loss, reason = "this is how Concourse's JSON loses digits too")]
            Number::Uint(value) => *value as f64,
            Number::Float(value) => *value,
            Number::Digits(digits) => digits.parse().unwrap_or(f64::NAN),
        }
    }

    /// Returns the whole number, when it is one as Concourse decodes it and fits.
    pub fn as_i64(&self) -> Option<i64> {
        let value = self.as_f64();
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
        (value.fract() == 0.0 && value.abs() < 9.3e18).then_some(value as i64)
    }

    /// Returns the number as the text that task params and other texts get: the float, written as
    /// Go's JSON writes it.
    pub fn to_text(&self) -> String {
        gofmt::json_float(self.as_f64())
    }

    /// Returns the number as it appears inside a longer text that holds its variable, or nothing
    /// when Concourse refuses to put it there.
    pub fn to_embedded_text(&self) -> Option<String> {
        match self {
            Number::Int(value) => Some(value.to_string()),
            Number::Uint(value) => Some(value.to_string()),
            Number::Float(_) => None,
            Number::Digits(digits) => Some(digits.clone()),
        }
    }

    /// Returns the number as a name or other plain text field gets it: whole numbers by their
    /// digits, others shortened to 32 bits.
    pub fn to_field_text(&self) -> String {
        let as_json = self.to_text();
        let whole = as_json.parse::<i64>().is_ok() || as_json.parse::<u64>().is_ok();
        if whole { as_json } else { gofmt::short_float(self.as_f64()) }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.as_f64() == other.as_f64()
    }
}
