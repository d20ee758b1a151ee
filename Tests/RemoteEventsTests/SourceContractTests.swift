import EventModel
import Pipeline
import TestSupport
import Testing

@testable import RemoteEvents

/// The exam of all sources, put to the remote ones; the journal takes it in its own tests.
@Suite struct SourceContractTests {
    @Test(arguments: RemoteWorld.API.allCases)
    func `a remote source keeps what every source owes the spool`(api: RemoteWorld.API) async throws {
        let world = RemoteWorld(api)
        let contract = SourceContract(
            insert: { world.insert($0) },
            makeSource: {
                world.source(clock: RemoteClock(now: { world.time.now }, pause: { _ in try await untilCancelled() }))
            })
        let breaches = try await contract.examine(count: 150)
        #expect(breaches == [])
    }
}
