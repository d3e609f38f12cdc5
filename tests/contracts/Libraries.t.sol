// SPDX-License-Identifier: MIT
pragma solidity ^0.8.18;

import "../../contracts/bonding/libraries/SortedArrays.sol";
import "../../contracts/libraries/MathUtils.sol";
import { MathUtils as MathUtilsV2 } from "../../contracts/libraries/MathUtilsV2.sol";
import "../../contracts/libraries/PreciseMathUtils.sol";
import "../../contracts/libraries/SortedDoublyLL.sol";
import "./support/Test.sol";

contract List {
    using SortedDoublyLL for SortedDoublyLL.Data;

    SortedDoublyLL.Data private list;

    function setMaxSize(uint256 size) external {
        list.setMaxSize(size);
    }

    function insert(
        address id,
        uint256 key,
        address prev,
        address next
    ) external {
        list.insert(id, key, prev, next);
    }

    function remove(address id) external {
        list.remove(id);
    }

    function updateKey(
        address id,
        uint256 key,
        address prev,
        address next
    ) external {
        list.updateKey(id, key, prev, next);
    }

    function contains(address id) external view returns (bool) {
        return list.contains(id);
    }

    function isEmpty() external view returns (bool) {
        return list.isEmpty();
    }

    function fits(
        uint256 newKey,
        address prev,
        address next
    ) external view returns (bool) {
        return list.validInsertPosition(newKey, prev, next);
    }

    function key(address id) external view returns (uint256) {
        return list.getKey(id);
    }

    function size() external view returns (uint256) {
        return list.getSize();
    }

    /// @dev Ids from head to tail; fails when the links back do not match
    function ids() external view returns (address[] memory all) {
        all = new address[](list.getSize());
        address id = list.getFirst();
        address prev = address(0);
        for (uint256 i = 0; i < all.length; i++) {
            require(list.getPrev(id) == prev, "broken link");
            all[i] = id;
            prev = id;
            id = list.getNext(id);
        }
        require(id == address(0) && list.getLast() == prev, "broken end");
    }
}

contract Numbers {
    using SortedArrays for uint256[];

    uint256[] private numbers;

    function push(uint256 value) external {
        numbers.pushSorted(value);
    }

    function lowerBound(uint256 value) external view returns (uint256) {
        return numbers.findLowerBound(value);
    }

    function length() external view returns (uint256) {
        return numbers.length;
    }
}

contract LibrariesTest is Test {
    List private list;
    address private constant A = address(0xa);
    address private constant B = address(0xb);
    address private constant C = address(0xc);
    address private constant D = address(0xd);

    function setUp() public {
        list = new List();
        list.setMaxSize(3);
    }

    function add(address id, uint256 key) private {
        list.insert(id, key, address(0), address(0));
    }

    function assertOrder(
        address first,
        address second,
        address third
    ) private view {
        address[] memory ids = list.ids();
        assertEq(ids.length, 3, "length");
        assertEq(ids[0], first, "first");
        assertEq(ids[1], second, "second");
        assertEq(ids[2], third, "third");
    }

    function test_ListOnlyGrows() public {
        expectReason("new max size must be greater than old max size");
        list.setMaxSize(3);
        list.setMaxSize(4);
    }

    function test_ListKeepsDescendingOrder() public {
        add(B, 5);
        add(A, 9);
        add(C, 1);
        assertOrder(A, B, C);
    }

    function test_ListTellsWhatFitsWhere() public {
        assertTrue(list.isEmpty(), "empty");
        assertTrue(list.fits(1, address(0), address(0)), "first of all");
        add(A, 9);
        add(B, 5);
        assertTrue(!list.isEmpty(), "not empty");
        assertTrue(!list.fits(7, address(0), address(0)), "no place named");
        assertTrue(list.fits(9, address(0), A) && !list.fits(8, address(0), A), "head");
        assertTrue(list.fits(5, B, address(0)) && !list.fits(6, B, address(0)), "tail");
        assertTrue(list.fits(7, A, B) && !list.fits(10, A, B) && !list.fits(4, A, B), "between");
        assertTrue(!list.fits(7, B, A), "the wrong way round");
    }

    function test_ListRefusalsComeInOrder() public {
        add(A, 3);
        expectReason("node already in list");
        add(A, 3);
        expectReason("node id is null");
        add(address(0), 3);
        expectReason("key is zero");
        add(B, 0);
        add(B, 2);
        add(C, 1);
        expectReason("list is full");
        add(A, 0);
        expectReason("node not in list");
        list.remove(D);
        expectReason("node not in list");
        list.updateKey(D, 1, address(0), address(0));
    }

    function test_EqualKeyGoesBeforeTheHeadButBehindOthers() public {
        add(A, 5);
        add(B, 5);
        add(C, 4);
        assertOrder(B, A, C);
        list.setMaxSize(4);
        add(D, 4);
        address[] memory ids = list.ids();
        assertEq(ids[2], D, "first valid gap from the head");
        assertEq(ids[3], C, "last");
    }

    function test_WrongHintsOnlyCostTheSearch() public {
        add(A, 9);
        add(C, 1);
        list.insert(B, 5, C, A);
        assertOrder(A, B, C);
        list.updateKey(B, 20, C, D);
        assertOrder(B, A, C);
        list.updateKey(B, 0, address(0), address(0));
        assertEq(list.size(), 2, "key 0 takes the node out");
        assertTrue(!list.contains(B), "out");
    }

    function test_UsableHalfOfAHintDecidesWhereTheWalkStarts() public {
        list.setMaxSize(4);
        add(A, 9);
        add(C, 5);
        add(B, 5); // no hint: behind A, before C
        assertOrder(A, B, C);
        list.insert(D, 5, address(0xdead), C); // from C toward the head: C is the tail, so behind it
        address[] memory ids = list.ids();
        assertEq(ids[3], D, "behind the equal tail");
        list.updateKey(D, 5, A, address(0xdead)); // from A toward the tail
        ids = list.ids();
        assertEq(ids[1], D, "right behind A");
    }

    function testFuzz_ListStaysSorted(uint256[12] memory seeds) public {
        list.setMaxSize(8);
        for (uint256 i = 0; i < seeds.length; i++) {
            address id = address(uint160(bound(seeds[i], 1, 8)));
            uint256 key = (seeds[i] >> 16) % 6;
            address prev = address(uint160((seeds[i] >> 32) % 9));
            address next = address(uint160((seeds[i] >> 48) % 9));
            if (list.contains(id)) {
                list.updateKey(id, key, prev, next);
            } else if (key > 0) {
                list.insert(id, key, prev, next);
            }
            address[] memory ids = list.ids();
            for (uint256 j = 1; j < ids.length; j++) {
                assertTrue(list.key(ids[j - 1]) >= list.key(ids[j]), "descending");
                assertTrue(list.key(ids[j]) > 0, "positive");
            }
        }
    }

    function testFuzz_PercentagesRoundDownTwice(
        uint128 amount,
        uint64 num,
        uint64 den
    ) public pure {
        vm.assume(den > 0);
        uint256 a = amount;
        uint256 n = num;
        uint256 d = den;
        assertEq(MathUtils.percOf(a, n, d), (a * ((n * 1000000) / d)) / 1000000, "1e6");
        assertEq(MathUtilsV2.percOf(a, n, d), (a * ((n * 1000000000) / d)) / 1000000000, "1e9");
        assertEq(PreciseMathUtils.percOf(a >> 64, n, d), ((a >> 64) * ((n * 10**27) / d)) / 10**27, "1e27");
    }

    function test_PercentageBasesEndAtOneHundredPercent() public pure {
        assertTrue(MathUtils.validPerc(1000000) && !MathUtils.validPerc(1000001), "1e6");
        assertTrue(MathUtilsV2.validPerc(1000000000) && !MathUtilsV2.validPerc(1000000001), "1e9");
        assertTrue(PreciseMathUtils.validPerc(10**27) && !PreciseMathUtils.validPerc(10**27 + 1), "1e27");
        assertEq(MathUtils.percOf(10**18, 1, 3), 333333000000000000, "fraction is cut to six places first");
    }

    function percOfZeroDenominator() external pure returns (uint256) {
        return MathUtils.percOf(1, 1, 0);
    }

    function test_ZeroDenominatorPanics() public {
        expectPanic(0x12);
        this.percOfZeroDenominator();
    }

    function test_SortedArrays() public {
        Numbers numbers = new Numbers();
        assertEq(numbers.lowerBound(3), 0, "empty");
        numbers.push(2);
        numbers.push(5);
        numbers.push(5);
        assertEq(numbers.length(), 2, "no duplicate");
        assertEq(numbers.lowerBound(1), 2, "none is small enough");
        assertEq(numbers.lowerBound(2), 0, "exact");
        assertEq(numbers.lowerBound(4), 0, "between");
        assertEq(numbers.lowerBound(9), 1, "after all");
        vm.expectRevert(abi.encodeWithSignature("DecreasingValues(uint256,uint256)", 4, 5));
        numbers.push(4);
    }
}
