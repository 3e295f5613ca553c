import Appliance

/// Prometheus's text format, version 0.0.4.
/// <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>
package enum MetricsText {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The same bytes for the same figures.
    package static func render(_ snapshot: MetricsSnapshot) -> [UInt8] {
        render(snapshot.families)
    }

    static func render(_ families: [MetricFamily]) -> [UInt8] {
        var text: [UInt8] = []
        for family in families where !family.samples.isEmpty {
            text += "# HELP \(family.name) \(escaped(family.help))\n".utf8
            text += "# TYPE \(family.name) \(family.kind.rawValue)\n".utf8
            for sample in family.samples {
                text += "\(family.name)\(labels(family.labelNames, sample.labels)) \(sample.value)\n".utf8
            }
        }
        return text
    }

    private static func labels(_ names: [String], _ values: [String]) -> String {
        guard !names.isEmpty else { return "" }
        let pairs = zip(names, values).map { name, value in "\(name)=\"\(escaped(value, quotes: true))\"" }
        return "{" + pairs.joined(separator: ",") + "}"
    }

    /// - Parameter quotes: whether quotation marks need it, too: those of labels do, in HELP they may not have it.
    private static func escaped(_ text: String, quotes: Bool = false) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
