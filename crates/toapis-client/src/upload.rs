//! The multipart upload, written by hand because the generator knows no multipart bodies.

use progenitor_client::{ClientHooks, OperationInfo};

use crate::operations::UPLOAD_IMAGE;
use crate::{Client, Error, ResponseValue, types};

/// The operations of the contract that no generator wrote, by operation id. A test holds this list against the contract.
pub const HAND_WRITTEN: &[&str] = &[UPLOAD_IMAGE.id];

impl Client {
    /// Uploads one image: `POST /v1/uploads/images`, `multipart/form-data`.
    ///
    /// `form` has the part `file`, and optionally `purpose`. A form is used up by a call, streamed parts with it: build
    /// it anew to send it again.
    ///
    /// # Errors
    ///
    /// As of every generated function: a transport failure, a status other than 200 with the raw response in it, or a
    /// 200 whose body is not the documented JSON.
    pub async fn upload_image(
        &self,
        form: reqwest::multipart::Form,
    ) -> Result<ResponseValue<types::UploadResult>, Error<()>> {
        let info = OperationInfo {
            operation_id: UPLOAD_IMAGE.function,
        };
        let mut request = self
            .client
            .post(format!("{}{}", self.baseurl, UPLOAD_IMAGE.path))
            .header(reqwest::header::ACCEPT, "application/json")
            .multipart(form)
            .build()?;
        self.pre(&mut request, &info).await?;
        let response = self.exec(request, &info).await?;
        match response.status().as_u16() {
            200 => ResponseValue::from_response(response).await,
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
}
