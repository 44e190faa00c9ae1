//! The multipart upload, written by hand because the generator does not support multipart bodies.

use progenitor_client::OperationInfo;

use crate::operations::UPLOAD_IMAGE;
use crate::path_guard::check_path;
use crate::{Client, Error, ResponseValue, types};

/// The ids of the operations that are written by hand. A test compares this list with the contract.
pub const HAND_WRITTEN: &[&str] = &[UPLOAD_IMAGE.id];

const INFO: OperationInfo = OperationInfo {
    operation_id: UPLOAD_IMAGE.function,
};

impl Client {
    /// Builds the request of [`upload_image`](Self::upload_image) without sending it.
    ///
    /// # Errors
    ///
    /// `Error::CommunicationError` if the request cannot be built, `Error::InvalidRequest` if the
    /// base URL is invalid.
    #[expect(
        clippy::result_large_err,
        reason = "every function of the generated client returns this error type"
    )]
    pub fn upload_image_request(
        &self,
        form: reqwest::multipart::Form,
    ) -> Result<reqwest::Request, Error<()>> {
        let request = self
            .client
            .post(self.baseurl.join(UPLOAD_IMAGE.path)?)
            .header(reqwest::header::ACCEPT, "application/json")
            .multipart(form)
            .build()?;
        check_path(&request, &INFO)?;
        Ok(request)
    }

    /// Uploads one image: `POST /v1/uploads/images` with a `multipart/form-data` body.
    ///
    /// `form` has the part `file` and, optionally, `purpose`. A call consumes the form and its
    /// streams; build a new one to send the upload again.
    ///
    /// # Errors
    ///
    /// `Error::CommunicationError` if the request fails, `Error::UnexpectedResponse` with the
    /// response for a status other than 200, `Error::InvalidResponsePayload` if the body of a 200
    /// is not the documented JSON.
    pub async fn upload_image(
        &self,
        form: reqwest::multipart::Form,
    ) -> Result<ResponseValue<types::UploadResult>, Error<()>> {
        let response = self
            .client
            .execute(self.upload_image_request(form)?)
            .await?;
        match response.status().as_u16() {
            200 => ResponseValue::from_response(response).await,
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
}
