import Model
import Mustache

/// Text on its way into HTML, for element content and for attributes in double quotes.
///
/// `MarkupText` looks at single Unicode scalars. swift-mustache's own escaping looks at grapheme clusters, in which a
/// quotation mark followed by a combining accent is no quotation mark any more, while it still ends an attribute for a
/// browser.
package struct HTMLText: MustacheContentType {
    /// What templates call it in `{{% CONTENT_TYPE: … }}`.
    static let name = "NIGHTJAR"

    package init() {}

    package func escapeText(_ text: String) -> String {
        Self.escape(text)
    }

    package static func escape(_ text: String) -> String { MarkupText.escape(text) }
}
