import Model

/// How the messages to people and programs fare: the channels, what waits, and what was given up. Holds no secret, and of
/// a URL no more than its host.
package struct NotificationsOverview: Sendable, Equatable, Codable {
    /// One way on which messages go.
    package struct Channel: Sendable, Equatable, Codable {
        /// As the configuration names it; `callback` for those of exports.
        package let name: String
        /// `webhook`, `healthchecks`, `slack`, `discord`, `ntfy` or `email`; `callback` for those of exports, `removed` for one
        /// that is configured no longer.
        package let kind: String
        /// Where it leads, and the port where it is not the usual one: `hooks.example.org`.
        package let host: String
        /// What it is told of, in words: `problems`.
        package let events: String
        /// Patterns of the names of the databases that it is told of; empty for all.
        package let databases: [String]
        /// When what is good news is told in one message, in words; nil where each event is a message of its own.
        package let digest: String?
        /// How many messages wait to be delivered.
        package let pending: Int
        /// How many wait for the digest.
        package let held: Int
        /// How many were given up.
        package let dead: Int
        /// Since when nothing is sent, because the receiver wants nothing any more; nil where it does not rest.
        package let restingSince: Timestamp?
        /// Why it rests, as a sentence without its full stop.
        package let restingReason: String?
        package let lastDelivered: Timestamp?
        /// When the oldest message that waits is tried; nil where none waits, or the channel rests.
        package let nextTry: Timestamp?
        /// Why the last attempt at that message failed.
        package let lastError: String?

        package init(
            name: String, kind: String, host: String, events: String, databases: [String], digest: String?,
            pending: Int, held: Int, dead: Int, restingSince: Timestamp?, restingReason: String?,
            lastDelivered: Timestamp?, nextTry: Timestamp?, lastError: String?
        ) {
            self.name = name
            self.kind = kind
            self.host = host
            self.events = events
            self.databases = databases
            self.digest = digest
            self.pending = pending
            self.held = held
            self.dead = dead
            self.restingSince = restingSince
            self.restingReason = restingReason
            self.lastDelivered = lastDelivered
            self.nextTry = nextTry
            self.lastError = lastError
        }
    }

    /// One message in the outbox.
    package struct Message: Sendable, Equatable, Codable, Identifiable {
        package let id: Int64
        /// The channel's name.
        package let channel: String
        /// Of the event: `backup.failed`. For a callback the export's id.
        package let kind: String
        /// What it says first, on one line.
        package let title: String
        package let createdAt: Timestamp
        /// How often it was tried.
        package let attempts: Int
        /// nil for one that is not tried any more, or whose channel rests.
        package let nextTry: Timestamp?
        /// Why the last attempt failed, or why it was given up.
        package let lastError: String?

        package init(
            id: Int64, channel: String, kind: String, title: String, createdAt: Timestamp, attempts: Int,
            nextTry: Timestamp?, lastError: String?
        ) {
            self.id = id
            self.channel = channel
            self.kind = kind
            self.title = title
            self.createdAt = createdAt
            self.attempts = attempts
            self.nextTry = nextTry
            self.lastError = lastError
        }
    }

    /// In the configuration's order, then those that are configured no longer and still have messages.
    package let channels: [Channel]
    /// Messages that were given up, newest first; the newest of many.
    package let dead: [Message]
    /// Messages that are to be delivered, oldest first; of many the oldest, and the next one of each channel.
    package let waiting: [Message]

    package init(channels: [Channel], dead: [Message], waiting: [Message]) {
        self.channels = channels
        self.dead = dead
        self.waiting = waiting
    }
}

/// What came of a sample that was sent on a channel.
package struct ChannelTest: Sendable, Equatable, Codable {
    /// The channel's name.
    package let channel: String
    package let isDelivered: Bool
    /// What the receiver said, or why it was not reached, as a sentence without its full stop.
    package let words: String

    package init(channel: String, isDelivered: Bool, words: String) {
        self.channel = channel
        self.isDelivered = isDelivered
        self.words = words
    }
}
