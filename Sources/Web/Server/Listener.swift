import Appliance
import Glibc
import Model
import NIOCore
import NIOPosix

/// One place at which the server listens.
struct Listener: Sendable {
    /// tcp(7).
    private static let lowWater = NIOBSDSocket.Option(rawValue: TCP_NOTSENT_LOWAT)
    /// Bytes that the kernel takes before they can be sent: what a slow client leaves lying costs the machine memory.
    private static let unsent: CInt = 128 << 10
    /// Connections that wait to be accepted.
    private static let backlog: CInt = 256

    let channel: any Channel
    let address: BoundAddress
    private let file: SocketFile?

    /// - Parameter accept: prepares each new connection.
    /// - Throws: `NightjarError`: code `busy` where another process listens, `configuration` for an address that cannot
    ///   be listened at, `io` for the rest.
    init(
        _ endpoint: Endpoint, on group: MultiThreadedEventLoopGroup,
        accept: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) async throws {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 8 << 10, high: 32 << 10))
            // Nobody sends much here: requests are small, and a body that nobody asked for must not fill the memory.
            .childChannelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1024, maximum: 4096)
            )
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer(accept)
        switch endpoint.place {
        case .tcp(let host, let port):
            file = nil
            do {
                // What is set here goes on to the connections that are accepted.
                channel =
                    try await bootstrap
                    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .serverChannelOption(.tcpOption(Self.lowWater), value: Int(Self.unsent))
                    .bind(host: host, port: port).get()
            } catch {
                throw Self.failure(error, BoundAddress(nil, of: endpoint.place))
            }
        case .unix(let path):
            let made = try SocketFile(path: path)
            file = made
            do {
                channel = try await bootstrap.withBoundSocket(made.descriptor).get()
            } catch {
                made.remove()
                throw Self.failure(error, .unix(path: path))
            }
        case .passed(let descriptor):
            file = nil
            guard let copy = PassedSockets.copy(descriptor) else {
                throw NightjarError(
                    .configuration, "systemd has passed something that is no listening socket",
                    hint: "See ListenStream= in the socket unit, and what systemctl status says of it.")
            }
            channel = try await bootstrap.withBoundSocket(copy).get()
        }
        address = BoundAddress(channel.localAddress, of: endpoint.place)
    }

    /// Takes no more connections; those that there are stay.
    func close() async {
        // The file first: whoever comes now finds nobody, and not a socket that does not answer.
        file?.remove()
        // One that is closed already is what was asked for.
        try? await channel.close().get()
    }

    private static func failure(_ error: any Error, _ address: BoundAddress) -> NightjarError {
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE?:
            return NightjarError(
                .busy, "cannot listen at \(address): another process does",
                hint: "See which one: ss -ltnp. Stop it, or set http.listen to another port.", isTransient: true)
        case EADDRNOTAVAIL?:
            return NightjarError(
                .configuration, "cannot listen at \(address): this machine does not have that address",
                hint: "See ip address; set http.listen to one of them, or wait for it: After=network-online.target.",
                isTransient: true)
        case EACCES?:
            return NightjarError(
                .configuration, "cannot listen at \(address): ports below 1024 are for root",
                hint: "Choose a port above, or have systemd pass the socket.")
        default:
            if error is SocketAddressError.UnknownHost {
                return NightjarError(
                    .configuration, "cannot listen at \(address): there is no such host",
                    hint: "Set http.listen to an address of this machine.")
            }
            return NightjarError(.io, "cannot listen at \(address): \(error)")
        }
    }
}
