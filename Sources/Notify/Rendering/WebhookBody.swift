import Model

/// What programs are told, after Standard Webhooks: `type`, `timestamp` and `data`, in less than 20 kB
/// (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-structure>).
package enum WebhookBody {
    /// In bytes; a body has less.
    package static let limit = 20_000
    /// The type of a digest; others have their event's.
    package static let digestType = "digest"
    private static let shortened = 300

    package static func json(_ notice: Notice) -> String {
        var body = Body(notice)
        while true {
            let text = PayloadJSON.text(body)
            if text.utf8.count < WebhookBody.limit || !body.data.shorten(to: shortened) { return text }
        }
    }

    private struct Body: Encodable {
        let type: String
        /// The event's, not the attempt's.
        let timestamp: Timestamp
        var data: Details

        init(_ notice: Notice) {
            type = notice.isDigest ? WebhookBody.digestType : notice.kind.rawValue
            timestamp = notice.at
            data = Details(notice)
        }
    }

    private struct Details: Encodable {
        let event: Int64
        let host: String
        let database: String?
        let run: Int64?
        let backup: BackupID?
        let verification: Int64?
        let title: String
        var text: String
        let since: Timestamp?
        var safety: String?
        var advice: String?
        let link: String?
        var digest: Digest?

        init(_ notice: Notice) {
            event = notice.event
            host = notice.host
            database = notice.database
            run = notice.run
            backup = notice.backup
            verification = notice.verification
            title = notice.title
            text = notice.text
            since = notice.since
            safety = notice.safety
            advice = notice.advice
            link = notice.link
            digest = notice.digest.map { Digest(notice, $0) }
        }

        /// The least important first: single events of a digest, then its lines, then long texts.
        /// - Returns: false where there is nothing left to shorten.
        mutating func shorten(to length: Int) -> Bool {
            if digest?.shorten() == true { return true }
            guard max(text.utf8.count, safety?.utf8.count ?? 0, advice?.utf8.count ?? 0) > length else { return false }
            text = MessageText.cut(text, to: length)
            safety = safety.map { MessageText.cut($0, to: length) }
            advice = advice.map { MessageText.cut($0, to: length) }
            return true
        }
    }

    private struct Digest: Encodable {
        /// How many events it stands for.
        let count: Int
        var standing: [String]
        var happened: [String]
        /// The newest ones, newest first.
        var events: [Event]
        /// How many of them are missing in `events`.
        var leftOut: Int

        init(_ notice: Notice, _ entries: [Notice]) {
            count = max(notice.digestCount ?? 0, entries.count)
            standing = notice.standing ?? []
            happened = notice.happened ?? []
            events = entries.map { Event($0) }
            leftOut = count - entries.count
        }

        mutating func shorten() -> Bool {
            if !events.isEmpty {
                let most = max(events.count / 8, 1)
                events.removeLast(most)
                leftOut += most
                return true
            }
            return standing.popLast() != nil || happened.popLast() != nil
        }
    }

    private struct Event: Encodable {
        let type: String
        let timestamp: Timestamp
        let event: Int64
        let database: String?
        let run: Int64?
        let backup: BackupID?
        let verification: Int64?
        let text: String

        init(_ notice: Notice) {
            type = notice.kind.rawValue
            timestamp = notice.at
            event = notice.event
            database = notice.database
            run = notice.run
            backup = notice.backup
            verification = notice.verification
            text = notice.text
        }
    }
}
