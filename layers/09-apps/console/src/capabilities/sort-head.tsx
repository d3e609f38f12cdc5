import type { ReactNode } from "react";
import { nextSorting, type SortColumn, type Sorting } from "./sorting.ts";

/** A column's head that sorts: downwards, upwards, and back. */
export function SortHead({
  column,
  sorting,
  onSort,
  children,
}: {
  column: SortColumn;
  sorting: Sorting | undefined;
  onSort: (sort: string | undefined) => void;
  children: ReactNode;
}) {
  const isSorted = sorting?.column === column;
  return (
    <th scope="col" className="num" aria-sort={!isSorted ? "none" : sorting.isDown ? "descending" : "ascending"}>
      <button type="button" className="sorter" onClick={() => onSort(nextSorting(sorting, column))}>
        {children}
        <span aria-hidden="true">{!isSorted ? "" : sorting.isDown ? " ↓" : " ↑"}</span>
      </button>
    </th>
  );
}
