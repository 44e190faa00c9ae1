//! x
use http::{HeaderMap, Method, StatusCode};
use toapis_contract::*;
fn main() {
    let t = std::time::Instant::now();
    let c = Contract::embedded();
    println!("embedded {:?}", t.elapsed());
    let mut h = HeaderMap::new();
    h.insert("authorization", "Bearer sk-0123456789".parse().unwrap());
    h.insert("content-type", "application/json".parse().unwrap());
    h.insert("host", "127.0.0.1:8080".parse().unwrap());
    h.insert("user-agent", "oha".parse().unwrap());
    let body = br#"{"model":"gemini-2.5-flash-image-preview","prompt":"A cat in a spacesuit walking on the moon","size":"16:9","n":1}"#;
    let create = RequestParts {
        method: &Method::POST,
        path_and_query: "/v1/images/generations",
        headers: &h,
        body,
    };
    let status = RequestParts {
        method: &Method::GET,
        path_and_query: "/v1/images/generations/tsk_img_01KB3F5W8Q4Z6T2N9XJ7V1MRCA",
        headers: &h,
        body: b"",
    };
    let answer = br#"{"id":"img_5b8b19afe5c24ab3a92df996f1a33931","client_business_id":"order_20260428_001","object":"generation.task","model":"gemini-3-pro-image-preview","status":"completed","progress":100,"created_at":1768381010,"completed_at":1768381063,"expires_at":1768467463,"result":{"type":"image","data":[{"url":"https://files.toapis.com/generated/1768381061_c55c1bbb.jpg"}]}}"#;
    let value: serde_json::Value = serde_json::from_slice(answer).unwrap();
    let t = std::time::Instant::now();
    assert!(c.check_request(&create).is_ok());
    println!("first create {:?}", t.elapsed());
    let t = std::time::Instant::now();
    assert!(
        c.check_json_response("getImageTask", StatusCode::OK, &h, &value)
            .is_ok()
    );
    println!("first answer {:?}", t.elapsed());
    let n = 200_000u32;
    let time = |name: &str, f: &dyn Fn()| {
        let t = std::time::Instant::now();
        for _ in 0..n {
            f();
        }
        println!("{name} {:?}", t.elapsed() / n);
    };
    time("create", &|| {
        std::hint::black_box(c.check_request(&create));
    });
    time("status", &|| {
        std::hint::black_box(c.check_request(&status));
    });
    time("answer bytes", &|| {
        std::hint::black_box(c.check_response(
            "getImageTask",
            &ResponseParts {
                status: StatusCode::OK,
                headers: &h,
                body: answer,
            },
        ));
    });
    time("answer value", &|| {
        std::hint::black_box(c.check_json_response("getImageTask", StatusCode::OK, &h, &value));
    });
    time("parse body", &|| {
        std::hint::black_box(serde_json::from_slice::<serde_json::Value>(body).unwrap());
    });
    let t = std::time::Instant::now();
    println!(
        "line {:?} {:?}",
        c.line("/components/schemas/Task"),
        t.elapsed()
    );
}
