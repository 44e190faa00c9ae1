//! The seven operations as a client meets them, over real sockets and under a paused clock.

mod common;

use std::time::Duration;

use common::{TestClient, fetch, png};
use serde_json::{Value, json};
use toapis_sim::{Account, FirstState, Key, Simulator};
use tokio::time::{Instant, sleep};

#[tokio::test(start_paused = true)]
async fn a_task_walks_from_pending_to_completed_and_its_picture_is_fetched_without_a_key() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::of(&sim);
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
        sleep(Duration::from_millis(10)).await;
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
        done["completed_at"].as_u64().map(|at| at + 86_400)
    );
    let url = done["result"]["data"][0]["url"].as_str().unwrap();
    assert!(url.starts_with(sim.files_url()));
    let file = fetch(url).await.bytes().await.unwrap();
    let picture = image::load_from_memory(&file).unwrap();
    assert_eq!((picture.width(), picture.height()), (1792, 1024));
    let books = sim.ledger().total;
    assert_eq!(
        (
            books.accepted,
            books.completed,
            books.downloaded,
            books.keys_leaked
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
async fn the_same_seed_and_requests_give_the_same_ids_times_and_bytes() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let sim = Simulator::builder()
            .seed(42)
            .starts_at(1_700_000_000)
            .start()
            .await
            .unwrap();
        let client = TestClient::of(&sim);
        let (_, task) = client
            .create(&json!({ "model": "gpt-image-2", "prompt": "A dog", "size": "1:1", "n": 2 }))
            .await;
        let id = task["id"].as_str().unwrap().to_owned();
        sim.advance(Duration::from_mins(1));
        let mut done = client.status(&id).await.1;
        let mut files = Vec::new();
        for picture in done["result"]["data"].as_array_mut().unwrap() {
            files.push(
                fetch(picture["url"].as_str().unwrap())
                    .await
                    .bytes()
                    .await
                    .unwrap(),
            );
            // The port is whichever was free.
            picture["url"] = picture["url"]
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
async fn a_request_that_breaks_the_contract_is_refused_and_costs_nothing() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::of(&sim);
    for (body, code, param) in [
        (
            json!({ "model": "nano-banana", "prompt": "x".repeat(1001) }),
            "invalid_request",
            "prompt",
        ),
        (
            json!({ "model": "nano-banana", "prompt": "x", "n": "1" }),
            "invalid_request",
            "n",
        ),
        (
            json!({ "model": "nano-banana", "prompt": "x", "size": "7:5" }),
            "invalid_request",
            "size",
        ),
        (
            json!({ "model": "nano-banana" }),
            "invalid_request",
            "prompt",
        ),
        (
            json!({ "model": "nano-banana", "prompt": "x", "image_urls": ["data:image/png;base64,AA=="] }),
            "invalid_reference_images",
            "image_urls",
        ),
        (
            json!({ "model": "nano-banana", "prompt": "x", "image_urls": vec!["https://a.example/b.png"; 15] }),
            "invalid_reference_images",
            "image_urls",
        ),
        (
            json!({ "model": "nano-banana", "prompt": "x", "callback_url": "https://a.example/hook" }),
            "webhook_not_configured",
            "",
        ),
    ] {
        let (status, answer) = client.create(&body).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (400, &json!(code)),
            "{body} {answer}"
        );
        assert_eq!(
            answer["error"]["param"].as_str().unwrap_or_default(),
            param,
            "{body} {answer}"
        );
    }
    let books = sim.ledger().total;
    assert_eq!(
        (books.creates, books.accepted, books.billed, books.refused),
        (7, 0, 0, 7)
    );
}

#[tokio::test(start_paused = true)]
async fn an_unknown_model_has_no_channel_unless_any_is_allowed() {
    let body = json!({ "model": "a-model-of-next-year", "prompt": "x" });
    let sim = Simulator::start().await.unwrap();
    let (status, answer) = TestClient::of(&sim).create(&body).await;
    assert_eq!(
        (status, &answer["error"]["code"], &answer["error"]["type"]),
        (503, &json!("model_not_found"), &json!("new_api_error"))
    );
    let sim = Simulator::builder().any_model(true).start().await.unwrap();
    assert_eq!(TestClient::of(&sim).create(&body).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn an_upload_becomes_a_reference_and_a_task_is_known_by_its_business_id_to_its_account_alone()
{
    let sim = Simulator::builder()
        .first_state(FirstState::Queued)
        .account(
            Account::new("one")
                .key(Key::new("sk-a"))
                .key(Key::new("sk-b")),
        )
        .account(Account::new("two").key(Key::new("sk-c")))
        .start()
        .await
        .unwrap();
    let client = TestClient::of(&sim);
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
    let picture = image::load_from_memory(&file).unwrap();
    assert_eq!((picture.width(), picture.height()), (40, 30));
    let missing = json!({ "model": "nano-banana", "prompt": "x", "image_urls": [format!("{}/uploads/1/none.png", sim.files_url())] });
    assert_eq!(
        client.create(&missing).await.1["error"]["message"],
        "invalid image_url"
    );
}

#[tokio::test(start_paused = true)]
async fn credits_are_taken_from_account_and_key_and_when_they_end_a_create_is_refused() {
    let sim = Simulator::builder()
        .account(
            Account::new("one")
                .credits(24)
                .key(Key::new("sk-a").limit(8))
                .key(Key::new("sk-b")),
        )
        .start()
        .await
        .unwrap();
    let (first, second) = (
        TestClient::with_key(&sim, "sk-a"),
        TestClient::with_key(&sim, "sk-b"),
    );
    let body = json!({ "model": "nano-banana", "prompt": "x" });
    assert_eq!(first.create(&body).await.0, 200);
    let (status, answer) = first.create(&body).await;
    assert_eq!((status, &answer["error"]["code"]), (402, &json!(402)));
    assert_eq!(first.get("/v1/balance").await.1["remain_credits"], 0);
    assert_eq!(second.get("/v1/balance").await.1["remain_credits"], 16);
    let account = second.get("/v1/user/balance").await.1;
    assert_eq!(
        (
            &account["remain_credits"],
            &account["used_credits"],
            &account["remain_balance"]
        ),
        (&json!(16), &json!(8), &json!(0.08))
    );
    let books = sim.ledger();
    assert_eq!((books.keys["one#1"].billed, books.total.billed), (8, 8));
}

#[tokio::test(start_paused = true)]
async fn without_a_valid_key_every_operation_answers_401_in_its_own_envelope() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::with_key(&sim, "sk-wrong");
    let (status, answer) = client
        .create(&json!({ "model": "nano-banana", "prompt": "x" }))
        .await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (401, &json!("unauthorized"))
    );
    for path in [
        "/v1/images/generations/task_1",
        "/v1/balance",
        "/v1/user/balance",
        "/v1/models?type=image",
    ] {
        let (status, answer) = client.get(path).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (401, &json!(401)),
            "{path}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_buckets_of_an_account_are_shared_by_its_keys_and_fill_with_time() {
    let sim = Simulator::builder()
        .account(
            Account::new("one")
                .key(Key::new("sk-a"))
                .key(Key::new("sk-b")),
        )
        .start()
        .await
        .unwrap();
    let (first, second) = (
        TestClient::with_key(&sim, "sk-a"),
        TestClient::with_key(&sim, "sk-b"),
    );
    let body = json!({ "model": "nano-banana", "prompt": "x" });
    for n in 0..50 {
        let client = if n % 2 == 0 { &first } else { &second };
        assert_eq!(client.create(&body).await.0, 200, "{n}");
    }
    let limited = second.raw_create(&body).await;
    assert_eq!(limited.status(), 429);
    let header = |name: &str| limited.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("retry-after"), "1");
    assert_eq!(header("x-ratelimit-limit"), "300");
    assert_eq!(header("x-ratelimit-remaining"), "0");
    assert_eq!(header("x-ratelimit-reset"), "10");
    assert_eq!(header("x-ratelimit-category"), "async_submit");
    assert_eq!(
        first.status("nothing").await.0,
        404,
        "queries have a bucket of their own"
    );
    sleep(Duration::from_secs(1)).await;
    assert_eq!(second.create(&body).await.0, 200);
    assert_eq!(sim.ledger().total.accepted, 51);
}

#[tokio::test(start_paused = true)]
async fn models_are_hidden_without_type_image_and_an_edit_is_polled_like_any_task() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::of(&sim);
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
async fn a_result_expires_after_its_lifetime_and_is_not_there_before_its_time() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::of(&sim);
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
async fn messages_are_chinese_for_who_asks_and_a_wrong_path_is_named() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::of(&sim);
    let answer = client.in_chinese("/v1/images/generations/nothing").await;
    assert_eq!(answer["error"]["message"], "任务不存在");
    let (status, answer) = client.post("/v1/v1/images/generations", &json!({})).await;
    assert_eq!(
        (status, &answer["error"]["message"]),
        (404, &json!("Invalid URL (POST /v1/v1/images/generations)"))
    );
}

#[tokio::test(start_paused = true)]
async fn only_images_up_to_the_limit_are_taken_by_upload() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::of(&sim);
    let (status, answer) = client.upload(b"GIF of words".to_vec(), "image/gif").await;
    assert_eq!(
        (status, &answer["message"]),
        (
            400,
            &json!("Unsupported image type. Allowed: JPEG, PNG, WebP, GIF")
        )
    );
    let mut large = png(8, 8);
    large.resize(10_485_760, 0);
    assert_eq!(client.upload(large.clone(), "image/png").await.0, 200);
    large.push(0);
    let (status, answer) = client.upload(large, "image/png").await;
    assert_eq!(
        (status, &answer["message"]),
        (400, &json!("Image too large. Maximum size is 10MB"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_key_may_be_kept_to_some_models_and_an_account_be_without_a_limit() {
    let sim = Simulator::builder()
        .account(
            Account::new("one")
                .unlimited()
                .key(Key::minted().models(["flux-2-pro"])),
        )
        .start()
        .await
        .unwrap();
    let client = TestClient::of(&sim);
    assert_eq!(
        client
            .create(&json!({ "model": "flux-2-pro", "prompt": "x" }))
            .await
            .0,
        200
    );
    let (status, answer) = client
        .create(&json!({ "model": "nano-banana", "prompt": "x" }))
        .await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (403, &json!("forbidden"))
    );
    let models = client.get("/v1/models?type=image").await.1;
    assert_eq!(models["data"].as_array().unwrap().len(), 1);
    let balance = client.get("/v1/balance").await.1;
    assert_eq!(
        (&balance["unlimited_quota"], &balance["remain_credits"]),
        (&json!(true), &json!(-1))
    );
    assert!(balance["used_credits"].as_u64().unwrap() > 0);
}

#[tokio::test(start_paused = true)]
async fn files_have_the_format_that_was_asked_for_and_take_turns_between_their_hosts() {
    let sim = Simulator::builder().files_hosts(2).start().await.unwrap();
    let client = TestClient::of(&sim);
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
        let answer = fetch(&url).await;
        assert_eq!(
            answer.headers()["content-type"].to_str().unwrap(),
            format.to_mime_type()
        );
        let file = answer.bytes().await.unwrap();
        assert_eq!(image::guess_format(&file).unwrap(), format);
        hosts.insert(url.split("/generated/").next().unwrap().to_owned());
    }
    assert_eq!(hosts.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_reference_is_seen_on_the_picture_and_layers_tell_where_they_stand() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::of(&sim);
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
    // The upload is of one colour; it stands in the upper right corner.
    let seen = |picture: &image::RgbImage| picture.get_pixel(1024 - 25 - 64, 25 + 64).0;
    assert_eq!(seen(&files[1]), [9, 80, 160]);
    assert_ne!(seen(&files[0]), [9, 80, 160]);
    assert!(
        sim.exchanges()
            .iter()
            .all(|exchange| exchange.response_violations.is_empty())
    );
}

#[tokio::test(start_paused = true)]
async fn every_answer_carries_a_request_id_and_no_two_are_the_same() {
    let sim = Simulator::start().await.unwrap();
    let client = TestClient::of(&sim);
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let answer = client.try_get("/v1/balance").await.unwrap();
        ids.insert(
            answer.headers()["x-oneapi-request-id"]
                .to_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert_eq!(ids.len(), 20);
}
