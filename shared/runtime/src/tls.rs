//! Whom the SDK believes to be AWS: the roots of Amazon Trust Services, which every endpoint of AWS
//! has its certificate from, and no other. Reading a system's hundred and more roots would be most
//! of what a start takes. It must never know what is called.

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpClient};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The roots, each under its SHA-256 fingerprint.
const ROOTS: &str = include_str!("amazon_roots.pem");

/// What a certificate begins with (RFC 7468 §5.1).
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";

/// Makes the SDK's own HTTP client, with these roots or those of `bundle` in their place. There is no
/// falling back on others.
pub(crate) fn client(bundle: Option<&str>) -> Result<SharedHttpClient, BoxError> {
    let context = context(bundle.unwrap_or(ROOTS))?;
    Ok(
        Builder::new().build_with_connector_fn(move |settings, components| {
            connector(context.clone(), settings, components)
        }),
    )
}

fn context(roots: &str) -> Result<TlsContext, BoxError> {
    if !roots.contains(CERTIFICATE) {
        return Err("there is no certificate in it".into());
    }
    let roots = TrustStore::empty().with_pem_certificate(roots.as_bytes());
    Ok(TlsContext::builder().with_trust_store(roots).build()?)
}

fn connector(
    context: TlsContext,
    settings: Option<&HttpConnectorSettings>,
    components: Option<&RuntimeComponents>,
) -> Connector {
    let mut connector = ConnectorBuilder::default()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(context);
    connector.set_connector_settings(settings.cloned());
    if let Some(components) = components {
        connector.set_sleep_impl(components.sleep_impl());
    }
    connector.set_proxy_config(Some(ProxyConfig::from_env()));
    connector.build()
}

#[cfg(test)]
mod tests {
    use super::{CERTIFICATE, ROOTS, connector, context};

    #[test]
    fn the_roots_are_read() {
        assert_eq!(ROOTS.matches(CERTIFICATE).count(), 5);
        assert_eq!(ROOTS.matches("# SHA-256 ").count(), 5);
        // Roots that are not understood panic here.
        let _connector = connector(context(ROOTS).unwrap(), None, None);
    }
}
