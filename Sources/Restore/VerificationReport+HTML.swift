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
        pre { font-size: .85em; white-space: pre-wrap; overflow-wrap: anywhere; }
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
        ]
        if let warning = consistency?.warning { parts.append("<p class=\"bad\">\(escaped(warning))</p>") }
        parts += list("Differences", differences.map(\.line))
        parts += list("What to do", adviceSentences)
        parts += list("Notes", notes)
        parts += list("How it was done", circumstances)
        parts += list("Objects", objectLines)
        parts += list("Checks", checkLines)
        if let drill { parts += drillSection(drill) }
        if level == .restore { parts.append(tableList) }
        return (parts + ["</section>"]).joined(separator: "\n")
    }

    private func list(_ title: String, _ lines: [String]) -> [String] {
        if lines.isEmpty { return [] }
        return ["<h3>\(title)</h3>", "<ul>"] + lines.map { "<li>\(escaped($0))</li>" } + ["</ul>"]
    }

    private func drillSection(_ drill: DrillResult) -> [String] {
        let output = drill.output.isEmpty ? [] : ["<pre>\(escaped(drill.output))</pre>"]
        return ["<h3>Drill</h3>", "<p>\(escaped(drill.sentence))</p>"] + output
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

    private func escaped(_ text: String) -> String { MarkupText.escape(text) }
}
