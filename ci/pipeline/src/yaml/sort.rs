//! The order in which go-yaml writes the keys of a map: numbers in text count as numbers, letters
//! come after everything else.

use std::cmp::Ordering;

use super::{Entry, Node, Value};

/// Sorts all maps of a tree as Concourse writes them.
pub fn sort_keys(node: &mut Node) {
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(sort_keys),
        Value::Map(map) => {
            map.sort_by(entry_order);
            map.iter_mut().for_each(|entry| sort_keys(&mut entry.value));
        }
        _ => {}
    }
}

fn entry_order(one: &Entry, other: &Entry) -> Ordering {
    let rank = |entry: &Entry| match &entry.key.value {
        Value::Bool(value) => (0, f64::from(u8::from(*value))),
        Value::Number(number) => (0, number.as_f64()),
        _ => (1, 0.0),
    };
    let (one_rank, other_rank) = (rank(one), rank(other));
    let by_rank = one_rank.0.cmp(&other_rank.0).then(one_rank.1.total_cmp(&other_rank.1));
    if one_rank.0 == 0 || other_rank.0 == 0 { by_rank } else { key_order(one.name(), other.name()) }
}

/// Compares two keys of text: `job-2` before `job-10`, `_x` before `a`.
pub fn key_order(one: &str, other: &str) -> Ordering {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let Some(index) = one.iter().zip(&other).position(|(left, right)| left != right) else {
        return one.len().cmp(&other.len());
    };
    let (left, right) = (one[index], other[index]);
    match (left.is_alphabetic(), right.is_alphabetic()) {
        (true, true) => left.cmp(&right),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => number_order(&one, &other, index),
    }
}

/// Compares from the first difference on, where digits run on as one number.
fn number_order(one: &[char], other: &[char], index: usize) -> Ordering {
    let within_number = (one[index] == '0' || other[index] == '0')
        && one[..index].iter().rev().take_while(|digit| digit.is_ascii_digit()).any(|digit| *digit != '0');
    let start = i64::from(within_number);
    let (left, left_end) = number_from(one, index, start);
    let (right, right_end) = number_from(other, index, start);
    left.cmp(&right).then(left_end.cmp(&right_end)).then(one[index].cmp(&other[index]))
}

fn number_from(text: &[char], index: usize, start: i64) -> (i64, usize) {
    let digits = text[index..].iter().map_while(|digit| digit.to_digit(10));
    let mut length = 0;
    let number = digits.fold(start, |number, digit| {
        length += 1;
        number.wrapping_mul(10).wrapping_add(i64::from(digit))
    });
    (number, index + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_go_yaml_sorts_them() {
        let mut keys = ["b", "a10", "a2", "A", "_x", "1", "10", "2", "a", "a-b", "ab", "a1", "é"];
        keys.sort_by(|one, other| key_order(one, other));
        assert_eq!(keys, ["_x", "1", "2", "10", "A", "a", "a-b", "a1", "a2", "a10", "ab", "b", "é"]);
    }
}
