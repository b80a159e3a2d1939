//! Helm's other drivers.

use serde_json::json;
use stack::Postgres;

use crate::place::Place;

fn life(place: &Place, keys: &serde_json::Value) {
    let resource = place.with(keys.clone());
    let deploy = |greeting: &str| {
        place.put_with(keys.clone(), json!({"chart": "charts/shop", "values_inline": {"greeting": greeting}}))
    };
    let first = deploy("one").json()["version"].clone();
    assert_eq!(resource.check(None).json(), json!([first]));
    let second = deploy("two").json()["version"].clone();
    assert_eq!(second["revision"], "2");
    assert_eq!(resource.check(Some(&first)).json(), json!([first, second]));
    let folder = stack::Folder::new("get");
    resource.get(folder.path(), &second, &json!({})).json();
    assert!(crate::place::read(&folder, "values.yaml").contains("two"));
    place.put_with(keys.clone(), json!({"rollback": {"to": 1}})).json();
    assert_eq!(resource.check(None).json()[0]["revision"], "3");
    let all = place.with(keys.clone());
    let mut source = all.clone();
    source.source["release"] = json!(null);
    assert_eq!(source.check(None).json().as_array().unwrap().len(), 1);
    place.put_with(keys.clone(), json!({"uninstall": true})).json();
    assert_eq!(resource.check(None).json(), json!([]));
}

#[test]
fn config_maps_hold_releases() {
    life(&Place::new(), &json!({"env_vars": {"HELM_DRIVER": "configmap"}}));
}

#[test]
fn a_database_holds_releases() {
    let postgres = Postgres::start();
    let connection = postgres.url(Postgres::USER, Postgres::PASSWORD);
    let place = Place::new();
    life(&place, &json!({"driver": "sql", "driver_sql_connection_string": connection}));
    let without = place.with(json!({"driver": "sql"})).check(None);
    assert!(without.error().contains("the driver `sql` has no connection string"), "{}", without.stderr);
}
