//! The errors of the API, in the documented envelopes and in two languages.

use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::{credentials::KeyProblem, language::Language};
use crate::{
    contract_data::RateHeaders, faults::CONTENT_POLICY_CODE, operation::Operation,
    server::BufferedResponse,
};

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ApiError {
    InvalidKey(KeyProblem),
    InvalidRequest {
        param: Option<String>,
        message: String,
    },
    InvalidReferences {
        message: String,
        param: Option<String>,
    },
    WebhookNotConfigured,
    InsufficientCredits,
    ModelForbidden {
        model: String,
    },
    TaskNotFound,
    Moderated,
    RateLimited {
        category: &'static str,
        retry_after: u64,
        full_in: u64,
        per_minute: u64,
    },
    /// The simulator has reached its maximum number of tasks. It is not retryable, unlike an error
    /// of the rate limiter.
    CapacityExhausted {
        max_tasks: usize,
    },
    ModelNotFound {
        model: String,
    },
    UploadType {
        allowed: String,
    },
    UploadTooLarge {
        limit: usize,
    },
    UploadUnreadable {
        message: String,
    },
    BodyTooLarge,
    UnknownUrl {
        method: String,
        path: String,
    },
}

impl ApiError {
    /// Returns the status and the code of the contract's error table.
    fn row(&self) -> (StatusCode, &'static str) {
        match self {
            Self::InvalidKey(_) => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::InvalidReferences { .. } => (StatusCode::BAD_REQUEST, "invalid_reference_images"),
            Self::WebhookNotConfigured => (StatusCode::BAD_REQUEST, "webhook_not_configured"),
            Self::InsufficientCredits => (StatusCode::PAYMENT_REQUIRED, "payment_required"),
            Self::ModelForbidden { .. } => (StatusCode::FORBIDDEN, "forbidden"),
            Self::TaskNotFound => (StatusCode::NOT_FOUND, "task_not_found"),
            Self::Moderated => (StatusCode::UNPROCESSABLE_ENTITY, CONTENT_POLICY_CODE),
            Self::RateLimited { .. } => (StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded"),
            Self::ModelNotFound { .. } => (StatusCode::SERVICE_UNAVAILABLE, "model_not_found"),
            Self::UnknownUrl { .. } => (StatusCode::NOT_FOUND, ""),
            Self::InvalidRequest { .. }
            | Self::UploadType { .. }
            | Self::UploadTooLarge { .. }
            | Self::UploadUnreadable { .. }
            | Self::CapacityExhausted { .. }
            | Self::BodyTooLarge => (StatusCode::BAD_REQUEST, "invalid_request"),
        }
    }

    /// Returns the `type` of the error, if it has one.
    fn error_type(&self) -> Option<&'static str> {
        match self {
            Self::InvalidKey(_) => Some("authentication_error"),
            Self::InvalidRequest { .. }
            | Self::InvalidReferences { .. }
            | Self::CapacityExhausted { .. }
            | Self::BodyTooLarge
            | Self::UnknownUrl { .. } => Some("invalid_request_error"),
            Self::InsufficientCredits => Some("payment_required"),
            Self::TaskNotFound => Some("not_found_error"),
            Self::RateLimited { .. } => Some("rate_limit_error"),
            Self::ModelNotFound { .. } => Some("new_api_error"),
            _ => None,
        }
    }

    fn message(&self, language: Language) -> String {
        let pick = |english: &'static str, chinese: &'static str| {
            language.pick(english, chinese).to_owned()
        };
        match self {
            Self::InvalidKey(problem) => problem.message(language),
            Self::InvalidRequest { message, .. } => match language {
                Language::English => message.clone(),
                Language::Chinese => format!("请求参数错误：{message}"),
            },
            // These texts were observed from the service, only in English.
            Self::InvalidReferences { message, .. } => message.clone(),
            Self::WebhookNotConfigured => pick(
                "configure a webhook for this key first",
                "请先为该密钥配置 webhook",
            ),
            Self::InsufficientCredits => pick("Insufficient balance", "余额不足"),
            Self::ModelForbidden { model } => match language {
                Language::English => format!("This key may not use the model {model}"),
                Language::Chinese => format!("该密钥无权使用模型 {model}"),
            },
            Self::TaskNotFound => pick("Task not found", "任务不存在"),
            Self::Moderated => pick(
                "The prompt was rejected by the content policy",
                "提示词违反内容政策",
            ),
            Self::RateLimited { .. } => {
                pick("Too many requests, retry later", "请求过于频繁，请稍后再试")
            }
            Self::CapacityExhausted { max_tasks } => match language {
                Language::English => format!(
                    "The simulator has reached its maximum of {max_tasks} tasks; reset or restart it"
                ),
                Language::Chinese => {
                    format!("模拟器已达到 {max_tasks} 个任务的上限，请重置或重新启动")
                }
            },
            Self::ModelNotFound { model } => match language {
                Language::English => format!("No available channel for model {model}"),
                Language::Chinese => format!("模型 {model} 无可用渠道"),
            },
            Self::UploadType { allowed } => match language {
                Language::English => format!("Unsupported image type. Allowed: {allowed}"),
                Language::Chinese => format!("不支持的图片类型，仅支持：{allowed}"),
            },
            Self::UploadTooLarge { limit } => {
                let megabytes = limit / (1024 * 1024);
                match language {
                    Language::English => {
                        format!("Image too large. Maximum size is {megabytes}MB")
                    }
                    Language::Chinese => format!("图片过大，最大 {megabytes}MB"),
                }
            }
            Self::UploadUnreadable { message } => match language {
                Language::English => format!("The upload cannot be read: {message}"),
                Language::Chinese => format!("无法读取上传内容：{message}"),
            },
            Self::BodyTooLarge => pick("The request body is too large", "请求体过大"),
            Self::UnknownUrl { method, path } => format!("Invalid URL ({method} {path})"),
        }
    }

    /// Converts the error to the response of an operation, or of a request that matches none.
    pub(super) fn to_response(
        &self,
        operation: Option<Operation>,
        language: Language,
        rate_headers: &RateHeaders,
    ) -> BufferedResponse {
        let (status, code) = self.row();
        let message = self.message(language);
        if operation == Some(Operation::Upload) && status == StatusCode::BAD_REQUEST {
            return BufferedResponse::json(
                status,
                &json!({ "success": false, "message": message }),
            );
        }
        let mut error = Map::new();
        // The documentation shows integer codes for 402 everywhere, and for all errors of status,
        // balance and models except those of the rate limiter in front of the status operation.
        let has_numeric_code = operation.is_some_and(Operation::uses_numeric_codes)
            && status != StatusCode::BAD_REQUEST;
        let is_rate_limited_status =
            operation == Some(Operation::Status) && status == StatusCode::TOO_MANY_REQUESTS;
        if (has_numeric_code && !is_rate_limited_status) || status == StatusCode::PAYMENT_REQUIRED {
            error.insert("code".into(), status.as_u16().into());
        } else {
            error.insert("code".into(), code.into());
        }
        error.insert("message".into(), message.into());
        if let Self::InvalidRequest {
            param: Some(param), ..
        }
        | Self::InvalidReferences {
            param: Some(param), ..
        } = self
        {
            error.insert("param".into(), param.as_str().into());
        }
        if let Some(error_type) = self.error_type() {
            error.insert("type".into(), error_type.into());
        }
        let response = BufferedResponse::json(status, &json!({ "error": Value::Object(error) }));
        match self {
            Self::RateLimited {
                category,
                retry_after,
                full_in,
                per_minute,
            } => response
                .with_header(&RETRY_AFTER, *retry_after)
                .with_header(&rate_headers.limit, *per_minute)
                .with_header(&rate_headers.remaining, 0_u64)
                .with_header(&rate_headers.reset, *full_in)
                .with_header(&rate_headers.category, HeaderValue::from_static(category)),
            _ => response,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use toapis_contract::{Contract, ResponseParts};

    use super::{ApiError, KeyProblem, Language, Operation};
    use crate::contract_data::ContractData;

    fn all_errors() -> Vec<(Operation, ApiError)> {
        let text = String::from;
        let limited = |category| ApiError::RateLimited {
            category,
            retry_after: 1,
            full_in: 10,
            per_minute: 300,
        };
        vec![
            (Operation::Create, ApiError::InvalidKey(KeyProblem::Missing)),
            (Operation::Status, ApiError::InvalidKey(KeyProblem::Missing)),
            (Operation::Upload, ApiError::InvalidKey(KeyProblem::Missing)),
            (
                Operation::KeyBalance,
                ApiError::InvalidKey(KeyProblem::Missing),
            ),
            (Operation::Models, ApiError::InvalidKey(KeyProblem::Missing)),
            (
                Operation::Create,
                ApiError::InvalidRequest {
                    param: Some(text("n")),
                    message: text("n must be a number"),
                },
            ),
            (
                Operation::Models,
                ApiError::InvalidRequest {
                    param: Some(text("type")),
                    message: text("type is wrong"),
                },
            ),
            (
                Operation::Edit,
                ApiError::InvalidReferences {
                    message: text("invalid image_url"),
                    param: None,
                },
            ),
            (Operation::Create, ApiError::WebhookNotConfigured),
            (Operation::Create, ApiError::InsufficientCredits),
            (
                Operation::Create,
                ApiError::ModelForbidden { model: text("m") },
            ),
            (Operation::Status, ApiError::TaskNotFound),
            (Operation::Create, ApiError::Moderated),
            (Operation::Create, limited("async_submit")),
            (Operation::Status, limited("async_query")),
            (
                Operation::Create,
                ApiError::CapacityExhausted { max_tasks: 1 },
            ),
            (
                Operation::Create,
                ApiError::ModelNotFound { model: text("m") },
            ),
            (
                Operation::Upload,
                ApiError::UploadType {
                    allowed: text("JPEG"),
                },
            ),
            (
                Operation::Upload,
                ApiError::UploadTooLarge { limit: 10 << 20 },
            ),
            (
                Operation::Upload,
                ApiError::UploadUnreadable {
                    message: text("no file"),
                },
            ),
            (Operation::Create, ApiError::BodyTooLarge),
        ]
    }

    #[test]
    fn every_error_response_is_valid_in_both_languages() {
        let data = ContractData::read(Contract::embedded()).unwrap();
        for (operation, error) in all_errors() {
            for language in [Language::English, Language::Chinese] {
                let response = error.to_response(Some(operation), language, &data.rate_headers);
                let parts = ResponseParts {
                    status: response.status,
                    headers: &response.headers,
                    body: &response.body,
                };
                let verdict = Contract::embedded().validate_response(operation.id(), &parts);
                assert!(verdict.is_ok(), "{operation} {error:?}: {verdict}");
            }
        }
    }

    #[test]
    fn every_code_is_in_the_error_table_with_its_status() {
        let rows = Contract::embedded().document()["x-errors"]
            .as_array()
            .unwrap();
        for (_, error) in all_errors() {
            let (status, code) = error.row();
            let known = |row: &Value| row["status"] == status.as_u16() && row["code"] == code;
            assert!(rows.iter().any(known), "{status} {code}");
        }
    }
}
