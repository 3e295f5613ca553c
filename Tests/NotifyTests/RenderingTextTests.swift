import Model
import Notify
import Testing

@Suite("Messages as text and as HTML") struct RenderingTextTests {
    @Test("Cutting leaves characters whole, and never has more than was asked for", arguments: 3...40)
    func cut(limit: Int) {
        let text = "née 👩‍👩‍👧 <b>"
        let cut = MessageText.cut(text, to: limit) { $0 == "<" ? "&lt;" : nil }
        #expect(cut.utf8.count <= limit)
        let whole = "née 👩‍👩‍👧 &lt;b>"
        if whole.utf8.count <= limit {
            #expect(cut == whole)
        } else {
            #expect(cut.hasSuffix("…"))
            #expect(whole.hasPrefix(cut.dropLast()))
        }
    }

    @Test("Lists become shorter before anything else, and say how much is missing")
    func shortened() {
        let lines = (10..<40).map { "database \($0) is protected" }
        let digest = NoticeSamples.digest([], lines: lines)
        let text = digest.plainText(limit: 500)
        #expect(text.utf8.count <= 500)
        #expect(text.hasPrefix("Nightjar on db1: All 3 databases are protected\n\nOldest verified restore"))
        #expect(text.contains("• and "))
        #expect(text.hasSuffix("https://backups.example.org/\nNightjar on db1, 2026-03-15 02:30 UTC"))
    }

    @Test("However little room there is, no more is taken", arguments: [3, 20, 60, 90, 150])
    func tiny(limit: Int) {
        #expect(NoticeSamples.failure.plainText(limit: limit).utf8.count <= limit)
    }

    @Test("HTML escapes everything, and loads nothing")
    func html() {
        let event = NoticeSamples.event(
            .backupFailed, of: "a\"b", "<script>alert('x')</script> & more", hint: "<img src=x>", run: 1)
        let html = NoticeSamples.notice(event).html
        #expect(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; more."))
        #expect(html.contains("&lt;img src=x&gt;"))
        #expect(html.contains("a&quot;b: backup failed"))
        #expect(html.contains("<a href=\"https://backups.example.org/runs/1\">"))
        for tag in ["<script", "<img", "<link", "<style", "url("] { #expect(!html.contains(tag)) }
    }

    @Test("A mail has title and machine in its subject, and the same words in both parts")
    func mail() {
        let mail = MailContent(NoticeSamples.failure)
        #expect(mail.subject == "shop: backup failed (Nightjar on db1)")
        #expect(mail.text == NoticeSamples.failure.plainText + "\n")
        for sentence in NoticeSamples.failure.sentences { #expect(mail.html.contains(sentence)) }
        let digest = MailContent(NoticeSamples.digest([], lines: ["crm is protected"]))
        #expect(digest.subject == "Nightjar on db1: All 3 databases are protected")
        #expect(digest.html.contains("<li>crm is protected</li>"))
    }
}
