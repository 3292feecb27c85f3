//! Reading and changing settings of any algorithm by path.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::algo::AlgorithmConfig;
use crate::eval::EvalError;

/// Sets what stands at each path.
pub(super) fn changed(
    base: &AlgorithmConfig,
    settings: &BTreeMap<String, Value>,
) -> Result<AlgorithmConfig, EvalError> {
    let mut written = written(base)?;
    for (path, value) in settings {
        *place(&mut written, path)? = value.clone();
    }
    read(written)
}

/// Scales the whole number at `path`, rounded and at least 1.
pub(super) fn scaled(
    config: &AlgorithmConfig,
    path: &str,
    share: f64,
) -> Result<AlgorithmConfig, EvalError> {
    let mut written = written(config)?;
    let place = place(&mut written, path)?;
    let whole = place.as_u64().ok_or_else(|| {
        EvalError::Protocol(format!("{path} is {place}, where a whole number is scaled"))
    })?;
    *place = Value::from((whole as f64 * share).round().max(1.0) as u64);
    read(written)
}

/// Gives every setting called `seed`, also of members of a blend, the value `seed`.
pub(in crate::eval) fn seeded(
    config: &AlgorithmConfig,
    seed: u64,
) -> Result<AlgorithmConfig, EvalError> {
    fn visit(value: &mut Value, seed: u64) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    if name == "seed" && field.is_u64() {
                        *field = Value::from(seed);
                    } else {
                        visit(field, seed);
                    }
                }
            }
            Value::Array(entries) => entries.iter_mut().for_each(|entry| visit(entry, seed)),
            _ => {}
        }
    }
    let mut written = written(config)?;
    visit(&mut written, seed);
    read(written)
}

fn written(config: &AlgorithmConfig) -> Result<Value, EvalError> {
    serde_json::to_value(config).map_err(|error| EvalError::Protocol(error.to_string()))
}

fn read(value: Value) -> Result<AlgorithmConfig, EvalError> {
    serde_json::from_value(value)
        .map_err(|error| EvalError::Protocol(format!("these are no settings: {error}")))
}

/// Finds what stands at `path`. Only the last name may be new, so that an absent optional setting can be
/// given; whether the algorithm has it is found out when the settings are read.
fn place<'a>(value: &'a mut Value, path: &str) -> Result<&'a mut Value, EvalError> {
    let missing = || EvalError::Protocol(format!("the algorithm has no setting {path}"));
    let mut place = value;
    for name in path.split('.') {
        place = match place {
            Value::Object(fields) => fields.entry(name).or_insert(Value::Null),
            Value::Array(entries) => {
                let at: usize = name.parse().map_err(|_| missing())?;
                entries.get_mut(at).ok_or_else(missing)?
            }
            _ => return Err(missing()),
        };
    }
    Ok(place)
}
