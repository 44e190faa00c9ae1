//! Every way in which the service says no, in the envelope that the contract documents for it and in two languages.

use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::{Answer, Op, language::Language};
use crate::facts::RateHeaders;

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoKey,
    Invalid {
        param: Option<String>,
        message: String,
    },
    References {
        message: String,
        param: Option<String>,
    },
    WebhookNotConfigured,
    NoCredit,
    ModelForbidden {
        model: String,
    },
    TaskNotFound,
    Moderated,
    Limited {
        category: &'static str,
        retry_after: u64,
        full_in: u64,
        per_minute: u64,
    },
    LimiterDown,
    ModelNotFound {
        model: String,
    },
    UploadType {
        allowed: String,
    },
    /// By more than this many bytes.
    UploadTooLarge {
        most: usize,
    },
    UploadUnreadable {
        message: String,
    },
    BodyTooLarge,
    NoSuchUrl {
        method: String,
        path: String,
    },
}

impl Refusal {
    /// The status and the code of the contract's table of errors.
    pub(crate) fn row(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NoKey => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::References { .. } => (StatusCode::BAD_REQUEST, "invalid_reference_images"),
            Self::WebhookNotConfigured => (StatusCode::BAD_REQUEST, "webhook_not_configured"),
            Self::NoCredit => (StatusCode::PAYMENT_REQUIRED, "payment_required"),
            Self::ModelForbidden { .. } => (StatusCode::FORBIDDEN, "forbidden"),
            Self::TaskNotFound => (StatusCode::NOT_FOUND, "task_not_found"),
            Self::Moderated => (StatusCode::UNPROCESSABLE_ENTITY, "content_policy_violation"),
            Self::Limited { .. } => (StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded"),
            Self::LimiterDown => (StatusCode::SERVICE_UNAVAILABLE, "rate_limit_unavailable"),
            Self::ModelNotFound { .. } => (StatusCode::SERVICE_UNAVAILABLE, "model_not_found"),
            Self::NoSuchUrl { .. } => (StatusCode::NOT_FOUND, ""),
            Self::Invalid { .. }
            | Self::UploadType { .. }
            | Self::UploadTooLarge { .. }
            | Self::UploadUnreadable { .. }
            | Self::BodyTooLarge => (StatusCode::BAD_REQUEST, "invalid_request"),
        }
    }

    /// The family of the code, where it has one.
    fn family(&self) -> Option<&'static str> {
        match self {
            Self::NoKey => Some("authentication_error"),
            Self::Invalid { .. }
            | Self::References { .. }
            | Self::BodyTooLarge
            | Self::NoSuchUrl { .. } => Some("invalid_request_error"),
            Self::NoCredit => Some("payment_required"),
            Self::TaskNotFound => Some("not_found_error"),
            Self::Limited { .. } => Some("rate_limit_error"),
            Self::ModelNotFound { .. } => Some("new_api_error"),
            _ => None,
        }
    }

    fn message(&self, language: Language) -> String {
        let pick = |english: &'static str, chinese: &'static str| {
            language.pick(english, chinese).to_owned()
        };
        match self {
            Self::NoKey => pick("Invalid API key", "无效的 API 密钥"),
            Self::Invalid { message, .. } => match language {
                Language::English => message.clone(),
                Language::Chinese => format!("请求参数错误：{message}"),
            },
            // These two texts are known from the service, in English alone.
            Self::References { message, .. } => message.clone(),
            Self::WebhookNotConfigured => pick(
                "configure a webhook for this key first",
                "请先为该密钥配置 webhook",
            ),
            Self::NoCredit => pick("Insufficient balance", "余额不足"),
            Self::ModelForbidden { model } => match language {
                Language::English => format!("This key may not use the model {model}"),
                Language::Chinese => format!("该密钥无权使用模型 {model}"),
            },
            Self::TaskNotFound => pick("Task not found", "任务不存在"),
            Self::Moderated => pick(
                "The prompt was rejected by the content policy",
                "提示词违反内容政策",
            ),
            Self::Limited { .. } => {
                pick("Too many requests, retry later", "请求过于频繁，请稍后再试")
            }
            Self::LimiterDown => pick(
                "Rate limiter is temporarily unavailable",
                "限流服务暂时不可用",
            ),
            Self::ModelNotFound { model } => match language {
                Language::English => format!("No available channel for model {model}"),
                Language::Chinese => format!("模型 {model} 无可用渠道"),
            },
            Self::UploadType { allowed } => match language {
                Language::English => format!("Unsupported image type. Allowed: {allowed}"),
                Language::Chinese => format!("不支持的图片类型，仅支持：{allowed}"),
            },
            Self::UploadTooLarge { most } => {
                let megabytes = most / (1024 * 1024);
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
            Self::NoSuchUrl { method, path } => format!("Invalid URL ({method} {path})"),
        }
    }

    /// The answer to a request of `op`, or to one that is none.
    pub(crate) fn answer(&self, op: Option<Op>, language: Language, names: &RateHeaders) -> Answer {
        let (status, code) = self.row();
        let message = self.message(language);
        if op == Some(Op::Upload) && status == StatusCode::BAD_REQUEST {
            return Answer::json(status, &json!({ "success": false, "message": message }));
        }
        let mut error = Map::new();
        // The documentation gives 402 a number everywhere; status, balance and models give one for whatever they refuse,
        // but for the limiter in front of them, which speaks as it does before a create.
        let numbers = op.is_some_and(Op::speaks_numbers) && status != StatusCode::BAD_REQUEST;
        let limited_by_bucket = op == Some(Op::Status) && status == StatusCode::TOO_MANY_REQUESTS;
        if (numbers && !limited_by_bucket) || status == StatusCode::PAYMENT_REQUIRED {
            error.insert("code".into(), status.as_u16().into());
        } else {
            error.insert("code".into(), code.into());
        }
        error.insert("message".into(), message.into());
        if let Self::Invalid {
            param: Some(param), ..
        }
        | Self::References {
            param: Some(param), ..
        } = self
        {
            error.insert("param".into(), param.as_str().into());
        }
        if let Some(family) = self.family() {
            error.insert("type".into(), family.into());
        }
        let answer = Answer::json(status, &json!({ "error": Value::Object(error) }));
        match self {
            Self::Limited {
                category,
                retry_after,
                full_in,
                per_minute,
            } => answer
                .header(&RETRY_AFTER, *retry_after)
                .header(&names.limit, *per_minute)
                .header(&names.remaining, 0_u64)
                .header(&names.reset, *full_in)
                .header(&names.category, HeaderValue::from_static(category)),
            Self::LimiterDown => answer.header(&RETRY_AFTER, 2_u64),
            _ => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use toapis_contract::{Contract, ResponseParts};

    use super::{Language, Op, Refusal};
    use crate::facts::Facts;

    fn all() -> Vec<(Op, Refusal)> {
        let text = String::from;
        let limited = |category| Refusal::Limited {
            category,
            retry_after: 1,
            full_in: 10,
            per_minute: 300,
        };
        vec![
            (Op::Create, Refusal::NoKey),
            (Op::Status, Refusal::NoKey),
            (Op::Upload, Refusal::NoKey),
            (Op::KeyBalance, Refusal::NoKey),
            (Op::Models, Refusal::NoKey),
            (
                Op::Create,
                Refusal::Invalid {
                    param: Some(text("n")),
                    message: text("n must be a number"),
                },
            ),
            (
                Op::Models,
                Refusal::Invalid {
                    param: Some(text("type")),
                    message: text("type is wrong"),
                },
            ),
            (
                Op::Edit,
                Refusal::References {
                    message: text("invalid image_url"),
                    param: None,
                },
            ),
            (Op::Create, Refusal::WebhookNotConfigured),
            (Op::Create, Refusal::NoCredit),
            (Op::Create, Refusal::ModelForbidden { model: text("m") }),
            (Op::Status, Refusal::TaskNotFound),
            (Op::Create, Refusal::Moderated),
            (Op::Create, limited("async_submit")),
            (Op::Status, limited("async_query")),
            (Op::Create, Refusal::LimiterDown),
            (Op::Create, Refusal::ModelNotFound { model: text("m") }),
            (
                Op::Upload,
                Refusal::UploadType {
                    allowed: text("JPEG"),
                },
            ),
            (Op::Upload, Refusal::UploadTooLarge { most: 10 << 20 }),
            (
                Op::Upload,
                Refusal::UploadUnreadable {
                    message: text("no file"),
                },
            ),
            (Op::Create, Refusal::BodyTooLarge),
        ]
    }

    #[test]
    fn every_refusal_is_an_answer_that_the_contract_documents_in_both_languages() {
        let facts = Facts::read(Contract::embedded()).unwrap();
        for (op, refusal) in all() {
            for language in [Language::English, Language::Chinese] {
                let answer = refusal.answer(Some(op), language, &facts.rate_headers);
                let parts = ResponseParts {
                    status: answer.status,
                    headers: &answer.headers,
                    body: &answer.body,
                };
                let verdict = Contract::embedded().check_response(op.id(), &parts);
                assert!(verdict.is_ok(), "{op} {refusal:?}: {verdict}");
            }
        }
    }

    #[test]
    fn every_code_stands_in_the_contracts_table_of_errors_with_the_same_status() {
        let rows = Contract::embedded().document()["x-errors"]
            .as_array()
            .unwrap();
        for (_, refusal) in all() {
            let (status, code) = refusal.row();
            let known = |row: &Value| row["status"] == status.as_u16() && row["code"] == code;
            assert!(rows.iter().any(known), "{status} {code}");
        }
    }
}
