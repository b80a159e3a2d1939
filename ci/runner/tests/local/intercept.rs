//! Looking at what a failed step left.

use runner::local::{intercept, intercepted};
use runner::outcome::Status;

use crate::desk::{Desk, keeper, script};

fn command(text: &str) -> Option<Vec<String>> {
    Some(["sh", "-c", text].map(str::to_owned).into())
}

#[test]
fn a_failed_container_can_be_looked_into() {
    let Some(desk) = Desk::of_containers() else { return };
    let image = desk.image("{}");
    let config = "inputs: [{name: r}]\noutputs: [{name: out}]\nparams: {WHO: me}";
    let text = "echo made > /made; echo changed > r/file; echo x > out/file; exit 3";
    let steps = "  - get: image\n  - get: r\n".to_owned() + &script("bad", Some("image"), config, text);
    let resources = "resources: [{name: r, type: mock}, {name: image, type: mock}]";
    let job = desk.plan(&steps).resources(resources).folder("image", image);
    let seen = job.folder("r", desk.artifact("given", &[("file", "x")])).run();
    assert_eq!(seen.status, Status::Failed);
    let kept = intercepted(&seen.run_folder).unwrap();
    assert_eq!(
        kept.iter().map(|kept| (kept.name.as_str(), kept.verb.as_str())).collect::<Vec<_>>(),
        [("bad", "task")]
    );
    assert!(kept[0].is_container);
    let look = "test $(cat /made) = made && test $(cat r/file) = changed && test -f out/file && test $WHO = me && exit 7";
    assert_eq!(intercept(&kept[0], &keeper(), command(look)).unwrap(), 7);
}

#[test]
fn a_failed_process_can_be_looked_into() {
    let desk = Desk::of_processes();
    let plan =
        script("good", None, "", "true") + &script("bad", None, "params: {WHO: me}", "echo x > left; exit 3");
    let seen = desk.plan(&plan).run();
    let kept = intercepted(&seen.run_folder).unwrap();
    assert_eq!(kept.iter().map(|kept| kept.name.as_str()).collect::<Vec<_>>(), ["bad"]);
    assert!(!kept[0].is_container);
    assert_eq!(
        intercept(&kept[0], &keeper(), command("test -f left && test $WHO = me && exit 7")).unwrap(),
        7
    );
    runner::local::remove_steps(&seen.run_folder).unwrap();
    assert!(intercepted(&seen.run_folder).unwrap().is_empty());
}
