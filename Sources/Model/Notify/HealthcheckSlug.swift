/// What `{database}` stands for in the URL of a check: healthchecks.io knows slugs of `a` to `z`, digits, `-` and `_`.
///
/// <https://healthchecks.io/docs/http_api/>
package enum HealthcheckSlug {
    /// Where it stands in a URL.
    package static let placeholder = "{database}"

    /// A check's URL for a database.
    package static func url(_ template: String, for name: String) -> String {
        template.replacing(placeholder, with: of(name))
    }

    /// In lower case, and with a dash for every character that no slug has. Two names may have one slug.
    package static func of(_ name: String) -> String {
        var slug = String.UnicodeScalarView()
        for scalar in name.unicodeScalars {
            switch scalar {
            case "a"..."z", "0"..."9", "-", "_": slug.append(scalar)
            case "A"..."Z": slug.append(Unicode.Scalar(UInt8(scalar.value) | 0x20))
            default: slug.append("-")
            }
        }
        return String(slug)
    }
}
