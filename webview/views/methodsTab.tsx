import { useLens } from "../lensContext.ts";
import { equations, methodsCard, methodsOf } from "../lensMethods.ts";
import { rowName } from "../saveFigure.ts";
import { say } from "../words.ts";

/** What made the numbers: model, template, formulas with their versions. */
export function MethodsTab() {
  const { row, host } = useLens();
  const save = () =>
    host.send({ type: "save", name: `${rowName(row)}-methods`, format: "md", content: methodsCard(row) });
  return (
    <section class="methods">
      <p>
        <button type="button" data-control="save-methods" onClick={save}>
          {say("Save the methods card")}
        </button>
      </p>
      <table>
        <tbody>
          {methodsOf(row)
            .filter(([name]) => !name.startsWith("formula "))
            .map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  <bdi>{value}</bdi>
                </td>
              </tr>
            ))}
        </tbody>
      </table>
      <h3>{say("Formulas")}</h3>
      <dl class="formulas">
        {row.formulas.map(({ name, version }) => (
          <div key={name}>
            <dt>{say("{name}, version {version}", { name, version })}</dt>
            <dd>{equations[name]}</dd>
          </div>
        ))}
      </dl>
      <p class="note">
        {say(
          "Scores depend on the model: a small one knows less than a large one. Sources: Goyal et al., Context-Parametric Inversion; Wang et al., On the Loss of Context-awareness in General Instruction Fine-tuning.",
        )}
      </p>
    </section>
  );
}
