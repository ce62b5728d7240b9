//! Codes over clocks, recovery codes, and the tokens between a password and a code.

use jiff::Timestamp;
use kernel::limits::RECOVERY_CODES_MAX;
use kernel::time::plus_seconds;
use kernel::{ContentHash, SeededEntropy, chance};
use tenancy::records::{Authenticator, Enrollment, PersonRecord, SecondFactor};

use super::{HalfSignIn, STEP_S, SecondFactors};

const AT: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn person() -> PersonRecord {
    PersonRecord {
        id: "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap(),
        email: "ada@example.com".parse().unwrap(),
        password_hash: String::new(),
        is_operator: false,
        created_at: AT,
        sign_outs: 7,
        verified_at: Some(AT),
        resets: 0,
        second_factor: SecondFactor::default(),
    }
}

fn enrollment() -> Enrollment {
    Enrollment {
        nonce: ContentHash::of(b"a nonce"),
        ends_at: plus_seconds(AT, 900),
    }
}

/// Returns what an authenticator shows at an instant.
fn shown(factors: &SecondFactors, at: Timestamp) -> String {
    let totp = factors.totp(&person(), enrollment().nonce).unwrap();
    totp.generate(at.as_second().unsigned_abs()).to_string()
}

fn enrolled(factors: &SecondFactors) -> Authenticator {
    let code = shown(factors, AT);
    let enrolled = factors.enroll(&person(), &enrollment(), &code, AT);
    enrolled.unwrap().unwrap()
}

#[test]
fn codes_are_those_of_the_standard() {
    // RFC 6238 appendix B, with SHA-1 and the last six of its eight digits.
    let totp = totp_rs::Builder::new()
        .with_secret(b"12345678901234567890".to_vec())
        .build()
        .unwrap();
    for (time, code) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        assert_eq!(totp.generate(time).to_string(), code);
    }
}

#[test]
fn an_authenticator_is_told_its_secret_and_whose_it_is() {
    let factors = SecondFactors::new("secret");
    let offered = factors.offer(&person(), &enrollment()).unwrap();
    let read = totp_rs::Totp::from_url(&offered.uri).unwrap();
    let now = AT.as_second().unsigned_abs();
    assert_eq!(read.generate(now).to_string(), shown(&factors, AT));
    assert_eq!(read.secret().to_base32(), offered.secret);
    assert!(
        offered
            .uri
            .starts_with("otpauth://totp/HotSwap:ada%40example.com?"),
        "{}",
        offered.uri
    );
    let another = SecondFactors::new("another");
    assert_ne!(
        another.offer(&person(), &enrollment()).unwrap().secret,
        offered.secret
    );
}

/// Threat C5: codes are good for a step before and after the time, whatever the clocks do, and none is taken twice.
#[test]
fn codes_are_taken_once_and_near_the_time_over_clocks() {
    let factors = SecondFactors::new("secret");
    let entropy = SeededEntropy::new(5);
    let step_s = i64::try_from(STEP_S).unwrap();
    let (mut taken, mut replayed, mut far) = (0, 0, 0);
    for _ in 0..200 {
        let mut authenticator = enrolled(&factors);
        let mut now = AT;
        for _ in 0..20 {
            // Our clock goes on by up to two minutes; theirs is wrong by up to two minutes.
            let [ours, theirs] = chance::random::<2>(&entropy);
            now = plus_seconds(now, i64::from(ours % 120));
            let showing = plus_seconds(now, i64::from(theirs % 240) - 120);
            let code = shown(&factors, showing);
            let [here, there] = [now, showing].map(|at| at.as_second().div_euclid(step_s));
            let is_near = (here - there).abs() <= 1;
            let is_new = u64::try_from(there).unwrap() > authenticator.used_step;
            let spent = factors.spend(&person(), &authenticator, &code, now);
            let spent = spent.unwrap();
            assert_eq!(spent.is_some(), is_near && is_new, "{now} {showing}");
            far += u32::from(!is_near);
            replayed += u32::from(is_near && !is_new);
            if let Some(spent) = spent {
                taken += 1;
                authenticator = spent;
                let again = factors.spend(&person(), &authenticator, &code, now);
                assert_eq!(again.unwrap(), None, "a code is taken once");
                let newest = factors.is_newest(&person(), &authenticator, &code, now);
                assert!(newest.unwrap());
            }
        }
    }
    assert!(
        taken > 100 && replayed > 100 && far > 100,
        "{taken} {replayed} {far}"
    );
}

#[test]
fn recovery_codes_are_each_good_once_however_they_are_written() {
    let factors = SecondFactors::new("secret");
    let offered = factors.offer(&person(), &enrollment()).unwrap();
    let mut authenticator = enrolled(&factors);
    assert_eq!(offered.recovery_codes.len(), RECOVERY_CODES_MAX);
    for (at, code) in offered.recovery_codes.iter().enumerate() {
        let written = match at % 3 {
            0 => code.clone(),
            1 => code.to_uppercase().replace('-', ""),
            _ => format!(" {} ", code.replace('-', " ")),
        };
        let spent = factors.spend(&person(), &authenticator, &written, AT);
        authenticator = spent.unwrap().unwrap();
        let again = factors.spend(&person(), &authenticator, code, AT);
        assert_eq!(again.unwrap(), None, "{code}");
        let left = RECOVERY_CODES_MAX - at - 1;
        assert_eq!(authenticator.recovery_codes.len(), left);
    }
    for wrong in [
        "",
        "-",
        "0000-0000-0000-0000-0000",
        "000000",
        "+12345",
        "12345",
        "1234567",
    ] {
        let spent = factors.spend(&person(), &authenticator, wrong, AT);
        assert_eq!(spent.unwrap(), None, "{wrong}");
    }
}

#[test]
fn a_half_sign_in_is_read_as_it_was_written_and_nothing_else_is() {
    let factors = SecondFactors::new("secret");
    for tenant in [None, Some(person().id.to_string().parse().unwrap())] {
        let half = HalfSignIn::begin(&person(), tenant, AT);
        let token = factors.token(half);
        assert_eq!(factors.read(&token), Some(half));
        assert_eq!(SecondFactors::new("another").read(&token), None);
        for place in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[place] ^= 1;
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(factors.read(&forged), None, "{forged}");
        }
    }
    for text in ["", "mt_", "mt_.", "mt_a.b.c.d.e"] {
        assert_eq!(factors.read(text), None, "{text}");
    }
}
