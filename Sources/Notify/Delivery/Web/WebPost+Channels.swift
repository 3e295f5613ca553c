import Model
import Settings

extension WebPost.Parcel {
    /// A message as a channel's receiver wants it.
    /// - Parameters:
    ///   - id: see ``MessageID``.
    ///   - now: the moment of the attempt.
    /// - Returns: nil where this receiver has nothing to be told of it, and for mail.
    static func make(
        _ notice: Notice, for kind: ChannelSettings.Kind, id: String, now: Timestamp
    ) -> WebPost.Parcel? {
        switch kind {
        case .webhook(let url, let keys):
            let body = WebhookBody.json(notice)
            let signature = WebhookSignature.header(id: id, timestamp: now.seconds, body: body, keys: keys)
            let headers = [
                json, (name: "webhook-id", value: id), (name: "webhook-timestamp", value: String(now.seconds)),
                (name: "webhook-signature", value: signature),
            ]
            return WebPost.Parcel(url: url.value, headers: headers, body: body)
        case .healthchecks(let url):
            guard let ping = HealthchecksPing.request(url: url.value, notice) else { return nil }
            return WebPost.Parcel(url: ping.url, headers: [text], body: ping.body)
        case .slack(let url):
            return WebPost.Parcel(url: url.value, headers: [json], body: SlackBody.json(notice))
        case .discord(let url):
            return WebPost.Parcel(url: url.value, headers: [json], body: DiscordBody.json(notice))
        case .ntfy(let url, let token):
            let message = NtfyMessage(notice)
            var headers = [text] + message.headers
            if let token { headers.append((name: "Authorization", value: "Bearer \(token.value)")) }
            return WebPost.Parcel(url: url.value, headers: headers, body: message.body)
        case .email:
            return nil
        }
    }
}
