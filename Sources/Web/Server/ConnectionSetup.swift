import HummingbirdCore
import Logging
import NIOCore

/// What stands between a new connection and its first request.
struct ConnectionSetup: Sendable {
    let http: HTTP1Channel
    let connections: Connections
    let limits: ServerLimits
    let log: Logger

    /// Called on the connection's event loop, before anything is read from it.
    func prepare(_ channel: any Channel, at door: Endpoint.Door) -> EventLoopFuture<Void> {
        switch connections.admit(channel, at: door) {
        case .admitted:
            break
        case .refused(let mayLinger):
            return channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                    RefusalHandler(mayLinger ? Lingering(time: limits.lingerTime) : nil))
            }
        }
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(StalledWriteHandler(limit: limits.stallTime))
        }.flatMap {
            http.setup(channel: channel, logger: log)
        }.flatMapThrowing { value in
            // First: from here on somebody ends it whatever happens.
            connections.start(channel) { await http.handle(value: value, logger: log) }
            try RequestPersistence.add(to: channel)
        }.flatMapErrorThrowing { error in
            connections.remove(channel)
            throw error
        }
    }
}

extension HTTP1Channel.Configuration {
    init(_ limits: ServerLimits) {
        self.init(
            additionalChannelHandlers: [
                UnreadableRequestHandler(), BodyTimeHandler(limit: limits.bodyTime),
                ClosingHandler(Lingering(time: limits.lingerTime), bodyLimit: limits.body),
            ],
            idleTimeout: limits.idleTime,
            httpDecoderConfiguration: DecoderConfiguration(
                maxHeaderFieldSize: limits.headerField, maxHeaderListSize: limits.headers,
                maxHeaderFieldCount: limits.headerCount))
    }
}
