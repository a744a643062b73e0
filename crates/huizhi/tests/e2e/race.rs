//! Many programs that want the same place at the same moment, over HTTP, of the real service: as many get one as there are, the others are told
//! where there is another. `HUIZHI_RACERS` says how many they are.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::Agent;

use crate::database::on_both;
use crate::server::Server;

/// Racers where nobody says how many; each is a thread here, and a connection there.
const RACERS: usize = 40;
/// How long the demonstration may take until a place can be booked, and the pause between two looks.
const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(200);

/// A program with the key of a photo shop.
struct Racer {
    agent: Agent,
    base: String,
    key: String,
}

impl Racer {
    fn new(server: &Server, key: &str) -> Self {
        let config = Agent::config_builder().max_redirects(0).http_status_as_error(false).build();
        let base = format!("{}/api/v1", server.url);
        Self { agent: Agent::new_with_config(config), base, key: key.to_owned() }
    }

    fn get(&self, path: &str) -> Value {
        let mut answer = self.agent.get(format!("{}{path}", self.base)).call().unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        answer.body_mut().read_json().unwrap()
    }

    /// An office with a free place. The service makes them when it has begun its work.
    fn office(&self) -> Value {
        let begun = Instant::now();
        loop {
            let offices = self.get("/offices?service=id-card");
            let found = offices["offices"].as_array().unwrap().iter().find(|office| office["next"].is_object());
            if let Some(office) = found {
                return office.clone();
            }
            assert!(begun.elapsed() < PATIENCE, "the demonstration has no office with a free place: {offices}");
            std::thread::sleep(PAUSE);
        }
    }

    fn book(&self, office: &str, slot: &str, n: usize) -> (u16, Value) {
        let request = self.agent.post(format!("{}/appointments", self.base));
        let request = request.header("authorization", format!("Bearer {}", self.key));
        let request = request.header("idempotency-key", format!("{slot}-{n}"));
        let visitor = json!({ "name": "张小明", "id_number": number(n) });
        let asked = json!({ "office": office, "business": "id-renewal", "slot": slot, "visitor": visitor });
        let mut answer = request.send_json(asked).unwrap();
        (answer.status().as_u16(), answer.body_mut().read_json().unwrap())
    }

    fn cancel(&self, number: &str, code: &str) -> u16 {
        let request = self.agent.delete(format!("{}/appointments/{number}", self.base));
        request.header("appointment-code", code).call().unwrap().status().as_u16()
    }
}

/// The number of somebody who was never born.
fn number(n: usize) -> String {
    let body = format!("44130219{:02}0307{:03}", 50 + n / 1000, n % 1000);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", "10X98765432".chars().nth((sum % 11) as usize).unwrap())
}

#[test]
fn of_many_who_race_for_a_place_as_many_get_one_as_there_are() {
    let racers = std::env::var("HUIZHI_RACERS").map_or(RACERS, |it| it.parse().unwrap());
    on_both(|database| {
        let server = Server::start_on(database);
        let shop = ["key", "add", "racers", "--scopes", "appointments:write", "--rate", "1000000"];
        let (made, key) = server.huizhi(&shop);
        assert!(made, "{key}");
        let racer = Racer::new(&server, key.trim());
        let office = racer.office();
        let (id, next) = (office["id"].as_str().unwrap(), office["next"]["slot"].as_str().unwrap());
        let places = office["next"]["left"].as_u64().unwrap() as usize;
        assert!(places < racers, "{places} places for {racers} racers");
        let answers = race(&server, &racer.key, racers, |racer, n| racer.book(id, next, n));
        let got: Vec<&Value> = answers.iter().filter(|(status, _)| *status == 201).map(|(_, body)| body).collect();
        assert_eq!(got.len(), places, "{answers:?}");
        let numbers: BTreeSet<&str> = got.iter().map(|body| body["number"].as_str().unwrap()).collect();
        assert_eq!(numbers.len(), places);
        for (status, body) in answers.iter().filter(|(status, _)| *status != 201) {
            assert_eq!((*status, &body["code"]), (409, &json!("full")), "{body}");
            assert!(
                body["alternatives"].as_array().is_some_and(|all| all.iter().all(|it| it["slot"] != next)),
                "{body}"
            );
        }
        // What one gives back another gets, once.
        let (number, code) = (got[0]["number"].as_str().unwrap(), got[0]["code"].as_str().unwrap());
        assert_eq!(racer.cancel(number, "wrong"), 403);
        assert_eq!(racer.cancel(number, code), 200);
        let answers = race(&server, &racer.key, racers, |racer, n| racer.book(id, next, 5000 + n));
        assert_eq!(answers.iter().filter(|(status, _)| *status == 201).count(), 1, "{answers:?}");
        let (whole, said) = server.huizhi(&["audit", "verify"]);
        assert!(whole, "{said}");
    });
}

/// All at once, each with a connection of its own.
fn race(
    server: &Server,
    key: &str,
    racers: usize,
    run: impl Fn(&Racer, usize) -> (u16, Value) + Sync,
) -> Vec<(u16, Value)> {
    let start = Barrier::new(racers);
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..racers)
            .map(|n| {
                let (start, run, racer) = (&start, &run, Racer::new(server, key));
                scope.spawn(move || {
                    start.wait();
                    run(&racer, n)
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    })
}
