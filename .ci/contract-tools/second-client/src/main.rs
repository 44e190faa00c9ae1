//! Generates an image with the client of another generator, fully typed.

use std::error::Error;
use std::time::Duration;

use toapis_second::apis::configuration::Configuration;
use toapis_second::apis::{account_api, images_api};
use toapis_second::models::{
    Gemini25FlashImageRequest, ImageRequest, ModelType, TaskStatus,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut service = Configuration::new();
    service.base_path = std::env::var("TOAPIS_BASE_URL")?;
    service.bearer_access_token = Some(std::env::var("TOAPIS_API_KEY")?);

    let models = account_api::list_models(&service, Some(ModelType::Image)).await?;
    println!("{} models", models.data.map_or(0, |list| list.len()));
    let before = account_api::get_key_balance(&service).await?;
    println!("balance {before:?}");

    // From JSON, so that this file does not depend on the generator's names. The types still check
    // it.
    let request: Gemini25FlashImageRequest = serde_json::from_value(serde_json::json!({
        "model": "gemini-2.5-flash-image-preview",
        "prompt": "A cat in a spacesuit walking on the moon",
        "size": "16:9",
        "n": 1,
    }))?;
    let request = ImageRequest::Gemini25FlashImageRequest(Box::new(request));
    let created = images_api::create_image(&service, request).await?;
    println!("created {} {:?}", created.id, created.status);

    for _ in 0..600 {
        let task = images_api::get_image_task(&service, &created.id).await?;
        match task.status {
            TaskStatus::Completed => return download(&task).await,
            TaskStatus::Failed => return Err(format!("failed: {:?}", task.error).into()),
            _ => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
    Err("still running after a minute".into())
}

async fn download(task: &toapis_second::models::Task) -> Result<(), Box<dyn Error>> {
    let result = task.result.clone().flatten().ok_or("completed without a result")?;
    let data = result.data.flatten().ok_or("a result without data")?;
    let url = &data.first().ok_or("no image")?.url;
    let image = reqwest::get(url).await?.error_for_status()?.bytes().await?;
    let number = |at: usize| Some(u32::from_be_bytes(image.get(at..at + 4)?.try_into().ok()?));
    if !image.starts_with(b"\x89PNG") || (number(16), number(20)) != (Some(1792), Some(1024)) {
        return Err(format!("{url} is not a PNG of 1792 x 1024").into());
    }
    println!("downloaded {url}: a PNG of 1792 x 1024");
    Ok(())
}
