//! The multipart upload, written by hand because the generator knows no multipart bodies.

use progenitor_client::{ClientHooks, OperationInfo};

use crate::hooks::guard;
use crate::operations::UPLOAD_IMAGE;
use crate::{Client, Error, ResponseValue, types};

/// The operations of the contract that no generator wrote, by operation id. A test holds this list against the contract.
pub const HAND_WRITTEN: &[&str] = &[UPLOAD_IMAGE.id];

const INFO: OperationInfo = OperationInfo {
    operation_id: UPLOAD_IMAGE.function,
};

impl Client {
    /// The request of [`upload_image`](Self::upload_image), as it would be sent.
    ///
    /// # Errors
    ///
    /// `Error::CommunicationError` if it cannot be built, `Error::InvalidRequest` if the base URL is none.
    #[expect(
        clippy::result_large_err,
        reason = "the error is the generator's, and every function of the client returns it"
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
        guard(&request, &INFO)?;
        Ok(request)
    }

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
        let request = self.upload_image_request(form)?;
        let response = self.exec(request, &INFO).await?;
        match response.status().as_u16() {
            200 => ResponseValue::from_response(response).await,
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
}
