import Model

extension Notice {
    /// The whole as a page for a mail: everything is in it, nothing is loaded from elsewhere.
    package var html: String {
        let accent = meaning == .problem ? "#a01020" : "#14633a"
        var parts = ["<h1 style=\"font-size:20px;margin:0 0 12px;color:\(accent)\">\(escaped(title))</h1>"]
        if let safety { parts.append("<p style=\"margin:0 0 12px\"><strong>\(escaped(safety))</strong></p>") }
        let facts = [what, sinceSentence].compactMap { $0 }
        if !facts.isEmpty {
            parts.append("<p style=\"margin:0 0 12px\">\(escaped(facts.joined(separator: " ")))</p>")
        }
        if let advice {
            let style = "margin:0 0 12px;padding:0 0 0 12px;border-left:4px solid \(accent)"
            parts.append("<p style=\"\(style)\">\(escaped(advice))</p>")
        }
        for list in lists {
            parts.append("<h2 style=\"font-size:16px;margin:16px 0 4px\">\(escaped(list.heading))</h2>")
            let items = list.shown.map { "<li>\(escaped($0))</li>" }
            parts.append("<ul style=\"margin:0 0 12px;padding:0 0 0 20px\">\n\(items.joined(separator: "\n"))\n</ul>")
        }
        if let link {
            parts.append("<p style=\"margin:0 0 12px\"><a href=\"\(escaped(link))\">Open in Nightjar</a></p>")
        }
        parts.append("<p style=\"margin:0;color:#666666;font-size:13px\">\(escaped(footer))</p>")
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>\(escaped(title))</title>
            </head>
            <body style="margin:0;padding:16px;font:16px/1.5 sans-serif;color:#1a1a1a;background:#ffffff">
            \(parts.joined(separator: "\n"))
            </body>
            </html>

            """
    }

    private func escaped(_ text: String) -> String { MarkupText.escape(text) }
}
