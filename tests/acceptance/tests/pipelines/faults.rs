//! A server that is away: the run says so, and the same job finishes once it is back.

use crate::place::Place;

#[test]
fn a_sealed_vault_holds_a_deployment_up_until_it_is_open_again() {
    let mut place = Place::new();
    let digest = place.build(&[]);
    place.succeed(&["scan"]);
    place.vault.seal();
    let mut access = place.own_variables()["vault-access"].clone();
    access["retry_for"] = "2s".into();
    let impatient = ["-y", &format!("vault-access={access}")];
    place.run("staging", &impatient).ended(2).said(&["sealed", "`staging-secrets`"]);
    assert_eq!(place.runs("staging"), "");

    place.vault.unseal();
    place.succeed(&["staging"]);
    assert!(place.runs("staging").ends_with(&digest), "{}", place.runs("staging"));
}
