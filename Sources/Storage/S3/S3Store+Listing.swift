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

    package func list(prefix: String, after: ListPosition?, limit: Int) async throws -> ListPage {
        var position = after
        while true {
            let request = listRequest(prefix, from: position, limit: max(1, limit))
            let answer = try await retry.run { _ in try await self.listOnce(request) }
            let objects = answer.objects.sorted { ObjectKey.precedes($0.key, $1.key) }
            guard answer.isTruncated else { return ListPage(objects: objects, next: nil) }
            let next = answer.last.map { ListPosition(key: $0, token: answer.token) }
            guard let next, next != position else {
                throw connection.failure(.unreachable, request, reason: "the server's list does not go on")
            }
            // A page of nothing but folders' markers is no page.
            if !objects.isEmpty { return ListPage(objects: objects, next: next) }
            position = next
        }
    }

    private func listRequest(_ prefix: String, from position: ListPosition?, limit: Int) -> S3Request {
        let root = connection.endpoint.prefix
        var request = S3Request("GET", "list", key: nil)
        request.query = [
            (name: "list-type", value: "2"), (name: "encoding-type", value: "url"),
            (name: "max-keys", value: String(min(limit, Self.largestPage))), (name: "prefix", value: root + prefix),
        ]
        if let token = position?.token {
            request.query.append((name: "continuation-token", value: token))
        } else if let position {
            request.query.append((name: "start-after", value: root + position.key))
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
