/// What a mail says, as text and as HTML.
package struct MailContent: Sendable, Equatable {
    /// On one line; may hold more than ASCII.
    package let subject: String
    package let text: String
    package let html: String

    package init(_ notice: Notice) {
        let isOfDatabase = notice.database != nil && !notice.isDigest
        subject = isOfDatabase ? "\(notice.title) (Nightjar on \(notice.host))" : notice.title
        text = notice.plainText + "\n"
        html = notice.html
    }
}
