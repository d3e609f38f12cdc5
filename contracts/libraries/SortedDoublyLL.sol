// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

/// @title Doubly linked list in descending order of key
/// @dev External (linked) library: its code lives outside the caller, which keeps the caller below the size limit.
/// Callers may pass the position they expect (a hint); a wrong hint only costs the search for the right one.
library SortedDoublyLL {
    struct Node {
        uint256 key; // 0 means the node is not in the list
        address nextId; // node with the next smaller or equal key
        address prevId; // node with the next larger or equal key
    }

    struct Data {
        address head; // largest key
        address tail; // smallest key
        uint256 maxSize;
        uint256 size;
        mapping(address => Node) nodes;
    }

    /// @dev Raises the number of nodes the list may hold
    function setMaxSize(Data storage self, uint256 _size) public {
        require(_size > self.maxSize, "new max size must be greater than old max size");
        self.maxSize = _size;
    }

    /// @dev Adds a node
    /// @param _id Node to add
    /// @param _key Its key, not 0
    /// @param _prevId Hint: the node before
    /// @param _nextId Hint: the node after
    function insert(
        Data storage self,
        address _id,
        uint256 _key,
        address _prevId,
        address _nextId
    ) public {
        require(!isFull(self), "list is full");
        require(!contains(self, _id), "node already in list");
        require(_id != address(0), "node id is null");
        require(_key > 0, "key is zero");

        address prevId = _prevId;
        address nextId = _nextId;
        if (!validInsertPosition(self, _key, prevId, nextId)) {
            (prevId, nextId) = findInsertPosition(self, _key, prevId, nextId);
        }

        self.nodes[_id] = Node({ key: _key, nextId: nextId, prevId: prevId });
        if (prevId == address(0)) {
            self.head = _id;
        } else {
            self.nodes[prevId].nextId = _id;
        }
        if (nextId == address(0)) {
            self.tail = _id;
        } else {
            self.nodes[nextId].prevId = _id;
        }
        self.size += 1;
    }

    /// @dev Takes a node out
    function remove(Data storage self, address _id) public {
        require(contains(self, _id), "node not in list");

        address prevId = self.nodes[_id].prevId;
        address nextId = self.nodes[_id].nextId;
        if (prevId == address(0)) {
            self.head = nextId;
        } else {
            self.nodes[prevId].nextId = nextId;
        }
        if (nextId == address(0)) {
            self.tail = prevId;
        } else {
            self.nodes[nextId].prevId = prevId;
        }
        delete self.nodes[_id];
        self.size -= 1;
    }

    /// @dev Moves a node to where its new key belongs; a new key of 0 takes it out
    function updateKey(
        Data storage self,
        address _id,
        uint256 _newKey,
        address _prevId,
        address _nextId
    ) public {
        require(contains(self, _id), "node not in list");

        remove(self, _id);
        if (_newKey > 0) {
            insert(self, _id, _newKey, _prevId, _nextId);
        }
    }

    /// @dev Whether a node is in the list
    function contains(Data storage self, address _id) public view returns (bool) {
        return self.nodes[_id].key > 0;
    }

    /// @dev Whether no more nodes fit
    function isFull(Data storage self) public view returns (bool) {
        return self.size == self.maxSize;
    }

    /// @dev Whether there are no nodes
    function isEmpty(Data storage self) public view returns (bool) {
        return self.size == 0;
    }

    /// @dev Number of nodes
    function getSize(Data storage self) public view returns (uint256) {
        return self.size;
    }

    /// @dev Number of nodes allowed
    function getMaxSize(Data storage self) public view returns (uint256) {
        return self.maxSize;
    }

    /// @dev Key of a node, 0 when it is not in the list
    function getKey(Data storage self, address _id) public view returns (uint256) {
        return self.nodes[_id].key;
    }

    /// @dev Node with the largest key
    function getFirst(Data storage self) public view returns (address) {
        return self.head;
    }

    /// @dev Node with the smallest key
    function getLast(Data storage self) public view returns (address) {
        return self.tail;
    }

    /// @dev Node after a node
    function getNext(Data storage self, address _id) public view returns (address) {
        return self.nodes[_id].nextId;
    }

    /// @dev Node before a node
    function getPrev(Data storage self, address _id) public view returns (address) {
        return self.nodes[_id].prevId;
    }

    /// @dev Whether a key belongs between two neighbors; a zero address stands for an end of the list
    function validInsertPosition(
        Data storage self,
        uint256 _key,
        address _prevId,
        address _nextId
    ) public view returns (bool) {
        if (_prevId == address(0) && _nextId == address(0)) {
            return isEmpty(self);
        }
        if (_prevId == address(0)) {
            return self.head == _nextId && _key >= self.nodes[_nextId].key;
        }
        if (_nextId == address(0)) {
            return self.tail == _prevId && _key <= self.nodes[_prevId].key;
        }
        return
            self.nodes[_prevId].nextId == _nextId &&
            self.nodes[_prevId].key >= _key &&
            _key >= self.nodes[_nextId].key;
    }

    /// @dev Position for a key; the usable part of the hint decides where the walk starts, and so which of
    /// several equal positions wins
    function findInsertPosition(
        Data storage self,
        uint256 _key,
        address _prevId,
        address _nextId
    ) private view returns (address, address) {
        address prevId = _prevId;
        address nextId = _nextId;
        if (prevId != address(0) && (!contains(self, prevId) || _key > self.nodes[prevId].key)) {
            prevId = address(0);
        }
        if (nextId != address(0) && (!contains(self, nextId) || _key < self.nodes[nextId].key)) {
            nextId = address(0);
        }

        if (prevId == address(0) && nextId == address(0)) {
            return descendList(self, _key, self.head);
        }
        if (prevId == address(0)) {
            return ascendList(self, _key, nextId);
        }
        return descendList(self, _key, prevId);
    }

    /// @dev Walks from a node toward the tail
    function descendList(
        Data storage self,
        uint256 _key,
        address _startId
    ) private view returns (address, address) {
        if (self.head == _startId && _key >= self.nodes[_startId].key) {
            return (address(0), _startId);
        }

        address prevId = _startId;
        address nextId = self.nodes[prevId].nextId;
        while (prevId != address(0) && !validInsertPosition(self, _key, prevId, nextId)) {
            prevId = self.nodes[prevId].nextId;
            nextId = self.nodes[prevId].nextId;
        }
        return (prevId, nextId);
    }

    /// @dev Walks from a node toward the head
    function ascendList(
        Data storage self,
        uint256 _key,
        address _startId
    ) private view returns (address, address) {
        if (self.tail == _startId && _key <= self.nodes[_startId].key) {
            return (_startId, address(0));
        }

        address nextId = _startId;
        address prevId = self.nodes[nextId].prevId;
        while (nextId != address(0) && !validInsertPosition(self, _key, prevId, nextId)) {
            nextId = self.nodes[nextId].prevId;
            prevId = self.nodes[nextId].prevId;
        }
        return (prevId, nextId);
    }
}
