import HTTPClient
import Model

extension S3Store {
    /// S3's own limit for one page.
    private static let largestPage = 1000

    /// What one LIST answered, keys without the store's prefix.
    private struct Answer: Sendable {
        var objects: [ObjectInfo] = []
        var isTruncated = false
        var token: String?
        /// The last key listed, whether it is wanted or not.
        var last: String?
    }

    package func list(prefix: String, after: String?, limit: Int) async throws -> ListPage {
        let limit = max(1, limit)
        var objects: [ObjectInfo] = []
        var after = after
        var token: String?
        while true {
            let request = listRequest(prefix, after: after, token: token, limit: limit - objects.count)
            let answer = try await retry.run { _ in try await self.listOnce(request) }
            let start = after
            objects += answer.objects.filter { start == nil || ObjectKey.precedes(start ?? "", $0.key) }
            guard answer.isTruncated else { return page(objects, next: nil, limit) }
            if objects.count >= limit { return page(objects, next: objects.last?.key, limit) }
            guard answer.token != nil || answer.last != nil, answer.token != token || answer.last != after else {
                throw connection.failure(.unreachable, request, reason: "the server's list does not go on")
            }
            token = answer.token
            after = answer.last ?? after
        }
    }

    private func page(_ objects: [ObjectInfo], next: String?, _ limit: Int) -> ListPage {
        let sorted = objects.sorted { ObjectKey.precedes($0.key, $1.key) }
        guard sorted.count > limit else { return ListPage(objects: sorted, next: next) }
        let first = Array(sorted.prefix(limit))
        return ListPage(objects: first, next: first.last?.key)
    }

    private func listRequest(_ prefix: String, after: String?, token: String?, limit: Int) -> S3Request {
        let root = connection.endpoint.prefix
        var request = S3Request("GET", "list", key: nil)
        request.query = [
            (name: "list-type", value: "2"), (name: "encoding-type", value: "url"),
            (name: "max-keys", value: String(min(limit, Self.largestPage))), (name: "prefix", value: root + prefix),
        ]
        if let token {
            request.query.append((name: "continuation-token", value: token))
        } else if let after {
            request.query.append((name: "start-after", value: root + after))
        }
        return request
    }

    private func listOnce(_ request: S3Request) async throws -> Answer {
        let response = try await connection.send(request)
        guard let document = S3XML.parse(response.body), document.name == "ListBucketResult" else {
            throw connection.unreadable(request)
        }
        let isEncoded = document["EncodingType"]?.text == "url"
        let root = connection.endpoint.prefix
        var answer = Answer()
        answer.isTruncated = document["IsTruncated"]?.text == "true"
        answer.token = document["NextContinuationToken"]?.text
        for element in document.all("Contents") {
            guard let name = element["Key"]?.text, let size = element["Size"].flatMap({ Int64($0.text) }) else {
                throw connection.failure(
                    .unreachable, request, reason: "the server listed an object without key or size")
            }
            let whole = isEncoded ? Self.decodeURL(name) : name
            guard ObjectKey.begins(whole, with: root) else { continue }
            let key = ObjectKey.dropping(root.utf8.count, from: whole)
            answer.last = key
            // A folder's marker, as some tools leave it, is no object of ours.
            if key.isEmpty || key.hasSuffix("/") { continue }
            answer.objects.append(
                ObjectInfo(key: key, size: size, etag: element["ETag"].map { S3ETag.bare($0.text) }))
        }
        return answer
    }

    /// Decodes `encoding-type=url`, in which a plus stands for a space.
    static func decodeURL(_ text: String) -> String {
        var decoded: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") {
                decoded.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = Hex.decode(String(decoding: rest.prefix(2), as: UTF8.self))
            {
                decoded += value
                rest = rest.dropFirst(2)
            } else {
                decoded.append(byte)
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }
}
