//! The shape check on email addresses. Only a letter to the address can prove more.

/// Longest address, in bytes (RFC 5321).
const LONGEST: usize = 254;
/// Longest part before the `@`, in bytes.
const LONGEST_LOCAL: usize = 64;

/// Returns `text` as a usable address, trimmed and in lower case, or what is wrong with it.
///
/// # Errors
///
/// The missing property, as the end of a sentence that starts with the field's name.
pub fn normalize(text: &str) -> Result<String, &'static str> {
    let address = text.trim().to_lowercase();
    if address.len() > LONGEST {
        return Err("must have at most 254 bytes");
    }
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Err("must look like name@example.org");
    };
    let local_ok = (1..=LONGEST_LOCAL).contains(&local.len())
        && !local.contains('@')
        && local.split('.').all(|part| !part.is_empty())
        && !local.chars().any(|char| char.is_whitespace() || char.is_control());
    let label_ok = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|char| char.is_alphanumeric() || char == '-')
    };
    let domain_ok = domain.contains('.') && domain.split('.').all(label_ok);
    if local_ok && domain_ok { Ok(address) } else { Err("must look like name@example.org") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_trimmed_and_compared_without_case() {
        assert_eq!(
            normalize(" Ann.Lee+films@Example.ORG "),
            Ok("ann.lee+films@example.org".into())
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in
            ["", "ann", "ann@", "@example.org", "a b@example.org", "a@@b.org", "a@b", "a@b..org"]
        {
            assert!(normalize(text).is_err(), "{text:?}");
        }
        for text in ["a@-b.org", ".a@b.org", "a..b@c.org", "a\n@b.org"] {
            assert!(normalize(text).is_err(), "{text:?}");
        }
        assert!(normalize(&format!("{}@example.org", "a".repeat(250))).is_err());
    }
}
