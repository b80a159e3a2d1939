//! The environment of a process in a container.

use super::user::User;

const ROOT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const USER_PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// How to reach the network; a worker hands these on in lower case.
const PROXIES: &[&str] = &["http_proxy", "https_proxy", "no_proxy"];

/// Returns the environment as `NAME=value`: the image's, over it the step's, over it the proxies of this machine; and
/// what every process has. `name` is the user as the image or the task writes it.
pub(super) fn of_process(
    image: &[String],
    step: &[(String, String)],
    name: Option<&str>,
    user: &User,
) -> Vec<String> {
    let mut all: Vec<(String, String)> = Vec::new();
    let image = image.iter().filter_map(|variable| variable.split_once('='));
    image.for_each(|(name, value)| set(&mut all, name, value));
    step.iter().for_each(|(name, value)| set(&mut all, name, value));
    for proxy in PROXIES {
        if let Ok(value) = std::env::var(proxy).or_else(|_| std::env::var(proxy.to_uppercase())) {
            set(&mut all, proxy, &value);
        }
    }
    if let Some(name) = name {
        set(&mut all, "USER", name);
    }
    let path = if user.id == 0 { ROOT_PATH } else { USER_PATH };
    for (name, value) in [("PATH", path), ("HOME", user.home.as_deref().unwrap_or("/"))] {
        if !all.iter().any(|(known, _)| known == name) {
            set(&mut all, name, value);
        }
    }
    all.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
}

/// Sets a variable; a later one replaces an earlier one.
fn set(all: &mut Vec<(String, String)>, name: &str, value: &str) {
    all.retain(|(known, _)| known != name);
    all.push((name.to_owned(), value.to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_outranks_the_image_and_nothing_is_there_twice() {
        let image = ["PATH=/opt".to_owned(), "A=image".to_owned(), "nonsense".to_owned()];
        let step = [("A".to_owned(), "step".to_owned())];
        let user = User { id: 7, group: 7, home: Some("/home/ci".into()) };
        let all = of_process(&image, &step, Some("ci"), &user);
        let has = |variable: &str| all.iter().filter(|known| *known == variable).count();
        assert_eq!((has("A=step"), has("A=image"), has("PATH=/opt")), (1, 0, 1));
        assert_eq!((has("USER=ci"), has("HOME=/home/ci")), (1, 1));
    }

    #[test]
    fn everybody_has_a_path_and_a_home() {
        let all = of_process(&[], &[], None, &User::default());
        assert!(all.contains(&format!("PATH={ROOT_PATH}")) && all.contains(&"HOME=/".to_owned()));
        let all = of_process(&[], &[], None, &User { id: 1, ..User::default() });
        assert!(all.contains(&format!("PATH={USER_PATH}")));
    }
}
