import Model

extension [VerificationReport] {
    /// One page to read and print; needs nothing from elsewhere.
    package var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>Restore verification</title>
        <style>
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
        table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
        th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #ccc; }
        td.number { text-align: right; font-variant-numeric: tabular-nums; }
        code { font-size: .85em; }
        .good { color: #14633a; } .bad { color: #a01020; font-weight: bold; }
        @media print { body { margin: 0; max-width: none; } section { break-inside: avoid; } }
        </style>
        </head>
        <body>
        <h1>Restore verification</h1>
        \(map(\.section).joined(separator: "\n"))
        </body>
        </html>

        """
    }
}

extension VerificationReport {
    fileprivate var section: String {
        let css = outcome == .different ? "bad" : "good"
        var parts = [
            "<section>", "<h2>\(escaped("\(database) · \(id)"))</h2>",
            "<p class=\"\(css)\">\(escaped(summary))</p>",
            """
            <p>Level \(level.rawValue), from \(startedAt.text) to \(finishedAt.text) on \(escaped(host)) \
            with \(escaped(tool)), SQLite \(escaped(sqliteVersion)). \
            \(CountText.format(Int64(objectsChecked), "object")), \(SizeText.format(bytesChecked)) read from the store.</p>
            """,
        ]
        parts += list("Differences", differences.map { ($0.object.map { "\($0): " } ?? "") + $0.message })
        parts += list("Notes", notes)
        if level == .restore {
            parts += list("integrity_check", integrityCheck)
            parts.append("<p>foreign_key_check: \(CountText.format(foreignKeyViolations, "violation")).</p>")
            parts.append(tableList)
        }
        return (parts + ["</section>"]).joined(separator: "\n")
    }

    private func list(_ title: String, _ lines: [String]) -> [String] {
        if lines.isEmpty { return [] }
        return ["<h3>\(title)</h3>", "<ul>"] + lines.map { "<li>\(escaped($0))</li>" } + ["</ul>"]
    }

    private var tableList: String {
        let rows = tables.map { table in
            let found = table.matches ? "same" : "<span class=\"bad\">\(table.digestFound)</span>"
            return """
                <tr><td>\(escaped(table.name.description))</td>\
                <td class="number">\(CountText.format(table.rowsExpected))</td>\
                <td class="number">\(CountText.format(table.rowsFound))</td>\
                <td><code>\(table.digestExpected)</code></td><td><code>\(found)</code></td></tr>
                """
        }
        return """
            <table>
            <thead><tr><th>Table</th><th>Rows expected</th><th>Rows found</th><th>Digest expected</th>\
            <th>Digest found</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table>
            """
    }

    private func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }
}
