//! A client of the API for tests: sends JSON, returns status and JSON.

use std::io::Cursor;

use reqwest::{
    RequestBuilder, Response,
    header::ACCEPT_LANGUAGE,
    multipart::{Form, Part},
};
use serde_json::Value;
use toapis_sim::Simulator;

pub(crate) use toapis_test_support::contract::{field_limit, number};

pub(crate) struct TestClient {
    http: reqwest::Client,
    base: String,
    key: String,
}

impl TestClient {
    pub(crate) fn new(sim: &Simulator) -> Self {
        Self::with_key(sim, sim.key())
    }

    pub(crate) fn with_key(sim: &Simulator, key: &str) -> Self {
        Self {
            http: http(),
            base: sim.base_url().to_owned(),
            key: key.to_owned(),
        }
    }

    pub(crate) async fn create(&self, body: &Value) -> (u16, Value) {
        self.post("/v1/images/generations", body).await
    }

    pub(crate) async fn raw_create(&self, body: &Value) -> Response {
        self.try_create(body).await.unwrap()
    }

    pub(crate) async fn try_create(&self, body: &Value) -> reqwest::Result<Response> {
        self.request(
            self.http
                .post(format!("{}/v1/images/generations", self.base))
                .json(body),
        )
        .send()
        .await
    }

    pub(crate) async fn status(&self, id: &str) -> (u16, Value) {
        self.get(&format!("/v1/images/generations/{id}")).await
    }

    pub(crate) async fn try_get(&self, path: &str) -> reqwest::Result<Response> {
        self.request(self.http.get(format!("{}{path}", self.base)))
            .send()
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        read(self.try_get(path).await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        read(
            self.request(self.http.post(format!("{}{path}", self.base)).json(body))
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn upload(&self, file: Vec<u8>, media_type: &str) -> (u16, Value) {
        let part = Part::bytes(file)
            .file_name("file")
            .mime_str(media_type)
            .unwrap();
        self.send_form(Form::new().part("file", part)).await
    }

    pub(crate) async fn send_form(&self, form: Form) -> (u16, Value) {
        let request = self
            .http
            .post(format!("{}/v1/uploads/images", self.base))
            .multipart(form);
        read(self.request(request).send().await.unwrap()).await
    }

    pub(crate) async fn in_chinese(&self, path: &str) -> Value {
        let request = self
            .http
            .get(format!("{}{path}", self.base))
            .header(ACCEPT_LANGUAGE, "zh-CN");
        read(self.request(request).send().await.unwrap()).await.1
    }

    fn request(&self, request: RequestBuilder) -> RequestBuilder {
        request.bearer_auth(&self.key)
    }
}

pub(crate) async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(width, height, image::Rgb([9, 80, 160]))
        .write_to(&mut file, image::ImageFormat::Png)
        .unwrap();
    file.into_inner()
}

pub(crate) async fn fetch(url: &str) -> Response {
    http().get(url).send().await.unwrap()
}

pub(crate) fn http() -> reqwest::Client {
    // A client cannot be built without a provider. An error means that one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}
