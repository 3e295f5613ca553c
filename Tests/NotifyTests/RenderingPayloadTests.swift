import Foundation
import Model
import Notify
import Testing

@Suite("Messages as services want them") struct RenderingPayloadTests {
    /// As long as an event can make it, full of what has to be escaped.
    private var monster: Notice {
        let text = String(repeating: "<&>*_@everyone `|\\\" ", count: 500)
        return NoticeSamples.notice(NoticeSamples.event(.backupFailed, text, hint: text, run: 1))
    }

    /// The same as a digest.
    private var longDigest: Notice {
        NoticeSamples.digest(
            Array(repeating: monster, count: 200), isProtected: false,
            lines: Array(repeating: monster.text, count: 100))
    }

    private var all: [Notice] {
        [NoticeSamples.failure, NoticeSamples.digest([NoticeSamples.failure]), monster, longDigest]
    }

    @Test("A webhook's body is type, timestamp and data, with sorted keys")
    func webhook() {
        #expect(
            WebhookBody.json(NoticeSamples.failure) == """
                {"data":{"advice":"Check the path in the configuration.","database":"shop","event":7,"host":"db1",\
                "link":"https://backups.example.org/runs/12","run":12,\
                "safety":"The last verified backup is 26 hours old.","since":"2026-03-14T02:30:00Z",\
                "text":"cannot open /srv/shop.db: no such file","title":"shop: backup failed"},\
                "timestamp":"2026-03-15T02:30:00Z","type":"backup.failed"}
                """)
    }

    @Test("A digest is a type of its own, and counts what it leaves out")
    func webhookDigest() throws {
        let small = try NoticeSamples.object(
            WebhookBody.json(NoticeSamples.digest([NoticeSamples.failure], count: 3, lines: ["crm is protected"])))
        #expect(small["type"] as? String == "digest")
        let data = try #require(small["data"] as? [String: Any])
        let digest = try #require(data["digest"] as? [String: Any])
        #expect(digest["count"] as? Int == 3)
        #expect(digest["leftOut"] as? Int == 2)
        #expect(digest["standing"] as? [String] == ["crm is protected"])
        let events = try #require(digest["events"] as? [[String: Any]])
        #expect(events.first?["type"] as? String == "backup.failed")
    }

    @Test("Nothing makes a webhook's body larger than the standard allows")
    func webhookLimit() throws {
        for notice in all {
            let json = WebhookBody.json(notice)
            #expect(json.utf8.count < 20_000)
            let object = try NoticeSamples.object(json)
            let data = try #require(object["data"] as? [String: Any])
            guard let digest = data["digest"] as? [String: Any] else { continue }
            let events = try #require(digest["events"] as? [Any])
            #expect(digest["count"] as? Int == (digest["leftOut"] as? Int ?? -1) + events.count)
        }
        var absurd = monster
        absurd.text = String(repeating: "\"", count: 100_000)
        absurd.safety = absurd.text
        #expect(WebhookBody.json(absurd).utf8.count < 20_000)
    }

    @Test("Slack gets blocks within its limits, and all of it as text")
    func slack() throws {
        let message = try NoticeSamples.object(SlackBody.json(NoticeSamples.failure))
        #expect(
            message["text"] as? String == """
                *shop: backup failed*
                The last verified backup is 26 hours old.
                Cannot open /srv/shop.db: no such file.
                Backups have failed since 2026-03-14 02:30 UTC, for 24 hours.
                Check the path in the configuration.
                <https://backups.example.org/runs/12|Open in Nightjar> · Nightjar on db1, 2026-03-15 02:30 UTC
                """)
        for notice in all {
            let message = try NoticeSamples.object(SlackBody.json(notice))
            let text = try #require(message["text"] as? String)
            #expect(text.count <= 4000)
            let blocks = try #require(message["blocks"] as? [[String: Any]])
            #expect((1...50).contains(blocks.count))
            for block in blocks {
                let words = block["text"] as? [String: Any] ?? (block["elements"] as? [[String: Any]])?.first
                let text = try #require(words?["text"] as? String)
                #expect((1...3000).contains(text.count))
                #expect(words?["verbatim"] as? Bool == true)
            }
        }
    }

    @Test("In Slack nobody is called, and no entity is cut into pieces")
    func slackEscaping() throws {
        let event = NoticeSamples.event(.backupFailed, "<!channel> & <@U1>")
        let message = try NoticeSamples.object(SlackBody.json(NoticeSamples.notice(event)))
        let text = try #require(message["text"] as? String)
        #expect(text.contains("&lt;!channel&gt; &amp; &lt;@U1&gt;."))
        let long = try NoticeSamples.object(SlackBody.json(monster))
        let words = try #require(long["text"] as? String)
        for piece in words.split(separator: "&").dropFirst() {
            #expect(piece.hasPrefix("amp;") || piece.hasPrefix("lt;") || piece.hasPrefix("gt;"))
        }
    }

    @Test("Discord gets one embed within its limits, and calls nobody")
    func discord() throws {
        #expect(
            DiscordBody.json(NoticeSamples.failure) == """
                {"allowed_mentions":{"parse":[]},\
                "content":"**shop: backup failed**\\nThe last verified backup is 26 hours old.",\
                "embeds":[{"color":10489888,"description":"Cannot open /srv/shop.db: no such file.\\n\
                Backups have failed since 2026-03-14 02:30 UTC, for 24 hours.\\nCheck the path in the configuration.\\n\\n\
                https://backups.example.org/runs/12","footer":{"text":"Nightjar on db1"},\
                "timestamp":"2026-03-15T02:30:00Z"}]}
                """)
        for notice in all {
            let message = try NoticeSamples.object(DiscordBody.json(notice))
            let content = try #require(message["content"] as? String)
            #expect(content.utf16.count <= 2000)
            let embeds = try #require(message["embeds"] as? [[String: Any]])
            let description = try #require(embeds.first?["description"] as? String)
            #expect(description.utf16.count <= 4096)
            #expect(description.hasSuffix("https://backups.example.org/") || description.contains("/runs/"))
            let mentions = try #require(message["allowed_mentions"] as? [String: [String]])
            #expect(mentions == ["parse": []])
        }
        let event = NoticeSamples.event(.backupFailed, "<@1> **b** dump_1")
        #expect(DiscordBody.json(NoticeSamples.notice(event)).contains(#"\\<@1\\> \\*\\*b\\*\\* dump\\_1."#))
    }

    @Test("ntfy gets a loud message for a problem, and a quiet one for good news")
    func ntfy() {
        let message = NtfyMessage(NoticeSamples.failure)
        #expect(message.title == "shop: backup failed")
        #expect(message.priority == 4)
        #expect(message.tags == "warning")
        #expect(message.click == "https://backups.example.org/runs/12")
        #expect(message.body.hasPrefix("The last verified backup is 26 hours old.\nCannot open"))
        #expect(message.headers.map { $0.name } == ["Title", "Priority", "Tags", "Click"])
        let good = NtfyMessage(NoticeSamples.notice(NoticeSamples.event(.backupCompleted), publicURL: ""))
        #expect(good.priority == 2)
        #expect(good.headers.map { $0.name } == ["Title", "Priority", "Tags"])
        for notice in all { #expect(NtfyMessage(notice).body.utf8.count <= 4096) }
    }

    @Test("What a header field cannot carry is encoded")
    func ntfyTitle() {
        let message = NtfyMessage(NoticeSamples.notice(NoticeSamples.event(.backupFailed, of: "café")))
        #expect(message.title == "=?UTF-8?B?Y2Fmw6k6IGJhY2t1cCBmYWlsZWQ=?=")
    }
}
