//! Runs a batch from a JSONL manifest, and continues it if it exists: `resumable MANIFEST BATCH.db
//! OUTPUT_DIRECTORY`.
//!
//! Kill it at any point and start it again: nothing is paid twice. The API key is read from
//! `TOAPIS_API_KEY`, the host from `TOAPIS_BASE_URL`.

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, stdout};
use std::path::Path;

use toapis_batch::{
    Batch, BatchEvent, BatchId, BatchSettings, ExportFormat, ManifestFormat, RowStatus, RunOptions,
    read_rows,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [manifest, path, output] = arguments.as_slice() else {
        return Err("usage: resumable MANIFEST BATCH.db OUTPUT_DIRECTORY".into());
    };
    let client = toapis::Client::from_env()?;
    let batch = if Path::new(path).exists() {
        Batch::open(path)?
    } else {
        let rows = read_rows(BufReader::new(File::open(manifest)?), ManifestFormat::Jsonl);
        Batch::create(path, BatchId::generate(), BatchSettings::new(output), rows)?
    };
    let options = RunOptions::new().observer(|event| {
        if let BatchEvent::Status { row, status } = event
            && (status.is_final() || *status == RowStatus::Unknown)
        {
            eprintln!("row {row}: {status}");
        }
    });
    let summary = batch.run(&client, options, std::future::pending()).await?;
    if let Some(reason) = summary.stopped {
        eprintln!("stopped: {reason}");
    }
    batch.export(stdout().lock(), ExportFormat::Jsonl)?;
    Ok(())
}
