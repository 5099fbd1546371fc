/** The options of a choice among layers or heads: their numbers from 0. */
export function IndexOptions({ count }: { readonly count: number }) {
  return (
    <>
      {Array.from({ length: count }, (_, i) => (
        <option key={String(i)} value={String(i)}>
          {i}
        </option>
      ))}
    </>
  );
}
