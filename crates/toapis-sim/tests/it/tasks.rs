//! Tasks from their create to their images, over real sockets and under a paused clock.

use std::time::Duration;

use serde_json::{Value, json};
use toapis_sim::{Account, InitialStatus, Key, Simulator};
use tokio::time::{Instant, sleep};

use crate::common::{TestClient, fetch, number, png};

#[tokio::test(start_paused = true)]
async fn task_completes_and_its_image_needs_no_key() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    let (status, task) = client
        .create(&json!({ "model": "nano-banana", "prompt": "A cat", "size": "16:9", "n": 1 }))
        .await;
    assert_eq!(
        (status, &task["status"]),
        (200, &json!("pending")),
        "{task}"
    );
    assert_eq!(task["object"], "generation.task");
    let mut walked = vec!["pending".to_owned()];
    let begun = Instant::now();
    let done = loop {
        sleep(Duration::from_millis(50)).await;
        let task = client.status(task["id"].as_str().unwrap()).await.1;
        let state = task["status"].as_str().unwrap().to_owned();
        if walked.last() != Some(&state) {
            walked.push(state.clone());
        }
        if state == "completed" {
            break task;
        }
        assert!(begun.elapsed() < Duration::from_secs(12), "{task}");
    };
    assert_eq!(walked, ["pending", "queued", "in_progress", "completed"]);
    assert_eq!(
        done["expires_at"].as_u64(),
        done["completed_at"]
            .as_u64()
            .map(|at| at + number("/x-lifetimes/result_seconds"))
    );
    let url = done["result"]["data"][0]["url"].as_str().unwrap();
    assert!(url.starts_with(sim.files_url()));
    let file = fetch(url).await.bytes().await.unwrap();
    let image = image::load_from_memory(&file).unwrap();
    assert_eq!((image.width(), image.height()), (1792, 1024));
    let ledger = sim.ledger().total;
    assert_eq!(
        (
            ledger.accepted,
            ledger.completed,
            ledger.downloaded,
            ledger.keys_leaked
        ),
        (1, 1, 1, 0)
    );
    for exchange in sim.exchanges() {
        assert_eq!(
            exchange.response_violations,
            Vec::<String>::new(),
            "{exchange:?}"
        );
        assert_eq!(
            exchange.request_violations,
            Vec::<String>::new(),
            "{exchange:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn same_seed_and_requests_give_the_same_responses() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let sim = Simulator::builder()
            .seed(42)
            .start_time(1_700_000_000)
            .start()
            .await
            .unwrap();
        let client = TestClient::new(&sim);
        let (_, task) = client
            .create(&json!({ "model": "gpt-image-2", "prompt": "A dog", "size": "1:1", "n": 2 }))
            .await;
        let id = task["id"].as_str().unwrap().to_owned();
        sim.advance(Duration::from_mins(1));
        let mut done = client.status(&id).await.1;
        let mut files = Vec::new();
        for item in done["result"]["data"].as_array_mut().unwrap() {
            files.push(
                fetch(item["url"].as_str().unwrap())
                    .await
                    .bytes()
                    .await
                    .unwrap(),
            );
            // The port differs.
            item["url"] = item["url"]
                .as_str()
                .unwrap()
                .replace(sim.files_url(), "")
                .into();
        }
        assert_ne!(files[0], files[1]);
        runs.push((sim.key().to_owned(), task, done, files));
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test(start_paused = true)]
async fn uploads_are_references_and_business_ids_belong_to_the_account() {
    let sim = Simulator::builder()
        .initial_status(InitialStatus::Queued)
        .account(
            Account::new("one")
                .key(Key::new("sk-a"))
                .key(Key::new("sk-b")),
        )
        .account(Account::new("two").key(Key::new("sk-c")))
        .start()
        .await
        .unwrap();
    let client = TestClient::new(&sim);
    let (status, upload) = client.upload(png(40, 30), "image/png").await;
    assert_eq!(
        (status, &upload["success"], &upload["data"]["mime_type"]),
        (200, &json!(true), &json!("image/png")),
        "{upload}"
    );
    let url = upload["data"]["url"].as_str().unwrap();
    let body = json!({ "model": "flux-kontext-pro", "prompt": "x", "size": "match_input_image", "image_urls": [url], "client_business_id": "order 7/b" });
    let (status, task) = client.create(&body).await;
    assert_eq!(
        (status, &task["status"], &task["client_business_id"]),
        (200, &json!("queued"), &json!("order 7/b")),
        "{task}"
    );
    sim.advance(Duration::from_mins(1));
    for (key, expected) in [("sk-a", 200), ("sk-b", 200), ("sk-c", 404)] {
        let client = TestClient::with_key(&sim, key);
        assert_eq!(client.status("order%207%2Fb").await.0, expected, "{key}");
        assert_eq!(
            client.status(task["id"].as_str().unwrap()).await.0,
            expected,
            "{key}"
        );
    }
    let done = client.status("order%207%2Fb").await.1;
    let file = fetch(done["result"]["data"][0]["url"].as_str().unwrap())
        .await
        .bytes()
        .await
        .unwrap();
    let image = image::load_from_memory(&file).unwrap();
    assert_eq!((image.width(), image.height()), (40, 30));
    let missing = json!({ "model": "nano-banana", "prompt": "x", "image_urls": [format!("{}/uploads/1/none.png", sim.files_url())] });
    assert_eq!(
        client.create(&missing).await.1["error"]["message"],
        "invalid image_url"
    );
}

#[tokio::test(start_paused = true)]
async fn image_models_need_their_type_and_edits_are_tasks() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    let names = |list: &Value| -> Vec<String> {
        list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|model| model["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let page = "gemini-2.5-flash-image-preview".to_owned();
    assert!(names(&client.get("/v1/models?type=image").await.1).contains(&page));
    assert!(!names(&client.get("/v1/models").await.1).contains(&page));
    let edit = json!({ "model": "grok-imagine-1.0-edit", "prompt": "x", "image_urls": ["https://a.example/b.png"] });
    let (status, task) = client.post("/v1/images/edits", &edit).await;
    assert_eq!(status, 200, "{task}");
    assert_eq!(client.status(task["id"].as_str().unwrap()).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn result_expires_after_its_lifetime() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    let (_, task) = client
        .create(&json!({ "model": "nano-banana", "prompt": "x" }))
        .await;
    sim.advance(Duration::from_mins(1));
    let done = client.status(task["id"].as_str().unwrap()).await.1;
    let url = done["result"]["data"][0]["url"].as_str().unwrap();
    assert_eq!(fetch(url).await.status(), 200);
    sim.advance(Duration::from_hours(24));
    assert_eq!(fetch(url).await.status(), 404);
    assert_eq!(sim.ledger().total.downloaded, 1);
}

#[tokio::test(start_paused = true)]
async fn files_have_the_requested_format_and_alternate_between_hosts() {
    let sim = Simulator::builder().files_hosts(2).start().await.unwrap();
    let client = TestClient::new(&sim);
    let mut hosts = std::collections::BTreeSet::new();
    for (body, format, extension) in [
        (
            json!({ "model": "gpt-image-2", "prompt": "x", "output_format": "jpeg" }),
            image::ImageFormat::Jpeg,
            "jpg",
        ),
        (
            json!({ "model": "flux-kontext-pro", "prompt": "x", "metadata": { "response_format": "png" } }),
            image::ImageFormat::Png,
            "png",
        ),
        (
            json!({ "model": "gemini-2.5-flash-image-official", "prompt": "x", "metadata": { "imageOutputOptions": { "mimeType": "image/webp" } } }),
            image::ImageFormat::WebP,
            "webp",
        ),
    ] {
        let (status, task) = client.create(&body).await;
        assert_eq!(status, 200, "{task}");
        sim.advance(Duration::from_mins(2));
        let done = client.status(task["id"].as_str().unwrap()).await.1;
        let url = done["result"]["data"][0]["url"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(url.ends_with(extension), "{url}");
        let response = fetch(&url).await;
        assert_eq!(
            response.headers()["content-type"].to_str().unwrap(),
            format.to_mime_type()
        );
        let file = response.bytes().await.unwrap();
        assert_eq!(image::guess_format(&file).unwrap(), format);
        hosts.insert(url.split("/generated/").next().unwrap().to_owned());
    }
    assert_eq!(hosts.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn references_appear_on_the_image_and_layers_have_positions() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::new(&sim);
    let upload = client.upload(png(40, 40), "image/png").await.1;
    let url = upload["data"]["url"].as_str().unwrap();
    let mut files = Vec::new();
    for references in [json!([]), json!([url])] {
        let body = json!({
            "model": "doubao-seedream-5-0-pro", "prompt": "x", "image_urls": references,
            "metadata": { "resolution": "1K", "layer_decomposition": true },
        });
        let (status, task) = client.create(&body).await;
        assert_eq!(status, 200, "{task}");
        sim.advance(Duration::from_mins(2));
        let done = client.status(task["id"].as_str().unwrap()).await.1;
        let layer = &done["result"]["data"][0];
        assert_eq!(
            (&layer["size"], &layer["z_index"]),
            (&json!("1024x1024"), &json!(0))
        );
        let file = fetch(layer["url"].as_str().unwrap())
            .await
            .bytes()
            .await
            .unwrap();
        files.push(image::load_from_memory(&file).unwrap().into_rgb8());
    }
    // The upload has one color; its thumbnail is in the upper right corner.
    let seen = |image: &image::RgbImage| image.get_pixel(1024 - 25 - 64, 25 + 64).0;
    assert_eq!(seen(&files[1]), [9, 80, 160]);
    assert_ne!(seen(&files[0]), [9, 80, 160]);
    assert!(
        sim.exchanges()
            .iter()
            .all(|exchange| exchange.response_violations.is_empty())
    );
}
