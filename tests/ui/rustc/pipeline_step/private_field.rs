use openedx_events::pipeline_step;

mod accounts {
    use openedx_events::filter;

    #[filter("org.example.accounts.registration.requested.v1")]
    #[derive(Clone)]
    pub struct RegistrationRequested {
        pub name: String,
        password: String,
    }
}

use accounts::REGISTRATION_REQUESTED;

#[pipeline_step(REGISTRATION_REQUESTED)]
fn read(name: &str, password: &str) {
    let _ = (name, password);
}

#[pipeline_step(REGISTRATION_REQUESTED)]
fn changed(password: &mut String) {
    password.clear();
}

fn main() {}
